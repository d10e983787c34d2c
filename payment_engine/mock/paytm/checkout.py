"""What a customer does on Paytm's own page: choose how to pay, or give up."""

from collections.abc import Mapping

from payment_engine.mock.paytm import outcomes
from payment_engine.mock.paytm.book import Paytm
from payment_engine.mock.paytm.cards import read_card
from payment_engine.mock.paytm.instruments import enabled, new_attempt
from payment_engine.mock.paytm.lookup import vpa_shaped
from payment_engine.mock.paytm.model import Attempt, Order
from payment_engine.mock.paytm.receipt import BANKS

MODES: Mapping[str, str] = {
    "UPI": "UPI",
    "CREDIT_CARD": "Credit card",
    "DEBIT_CARD": "Debit card",
    "NET_BANKING": "Netbanking",
    "BALANCE": "Paytm wallet",
}
_TEST_CARD = "4111111111111111"


def offered(order: Order) -> list[str]:
    """The modes that the page shows."""
    return [mode for mode in MODES if enabled(order, mode)]


def choose(paytm: Paytm, order: Order, form: Mapping[str, str], path: str) -> Attempt:
    """The attempt that a submitted page begins, ended as its button says unless scripted."""
    action = form.get("action", "")
    if action == "cancel":
        return give_up(paytm, order)
    attempt = hosted(paytm, order, form.get("mode", ""), form.get("account", ""))
    scripted = outcomes.begin(paytm, order, attempt, path)
    if action == "success" and not scripted:
        outcomes.finish(paytm, order, attempt)
    elif action == "fail" and not scripted:
        outcomes.decline(paytm, order, attempt, form.get("reason") or "declined")
    return attempt


def await_customer(paytm: Paytm, order: Order) -> None:
    """Where customers pay by themselves, one whose order nobody processes does so here."""
    after = paytm.world.config.auto_approve_after

    def pay() -> None:
        if order.attempt is None:
            attempt = hosted(paytm, order)
            paytm.attempt(order, attempt)
            outcomes.finish(paytm, order, attempt)

    if after is not None:
        paytm.world.clock.later(after, pay)


def give_up(paytm: Paytm, order: Order) -> Attempt:
    """The customer leaves before any transaction exists."""
    attempt = hosted(paytm, order)
    attempt.txn_id = ""
    paytm.attempt(order, attempt)
    outcomes.decline(paytm, order, attempt, "customer_cancelled")
    return attempt


def hosted(paytm: Paytm, order: Order, mode: str = "", account: str = "") -> Attempt:
    """An attempt begun on Paytm's page; ``account`` is a UPI id, card number or bank code."""
    modes = offered(order)
    if mode not in modes:
        mode = modes[0] if modes else "UPI"
    attempt = new_attempt(paytm, order, mode)
    attempt.hosted = True
    if mode == "UPI" and vpa_shaped(account):
        attempt.vpa = account
    elif mode == "NET_BANKING":
        attempt.bank = account if account in BANKS else "HDFC"
    elif mode.endswith("CARD"):
        expiry = f"12{paytm.world.clock.now().year + 5}"
        attempt.card = read_card(account, expiry) or read_card(_TEST_CARD, expiry)
        attempt.bank = attempt.card.scheme if attempt.card else ""
    return attempt
