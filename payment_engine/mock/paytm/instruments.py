"""Reads how a customer pays out of a process call: card, bank, UPI or wallet."""

import re
from collections.abc import Callable

from payment_engine.mock.paytm.book import IST, Paytm
from payment_engine.mock.paytm.cards import Card, read_card
from payment_engine.mock.paytm.lookup import vpa_shaped
from payment_engine.mock.paytm.model import Attempt, Order
from payment_engine.mock.paytm.receipt import BANKS
from payment_engine.mock.paytm.results import Refusal
from payment_engine.mock.paytm.wire import Message

PASSCODE = "1234"
_EXPIRY = re.compile(r"(0[1-9]|1[0-2])\d{4}")
_CARDS = ("CREDIT_CARD", "DEBIT_CARD", "EMI")
_WALLETS = ("BALANCE", "PAYTM_DIGITAL_CREDIT")
MODES = (*_CARDS, "NET_BANKING", "UPI", "UPI_INTENT", *_WALLETS)


def read_attempt(paytm: Paytm, order: Order, message: Message) -> Attempt:
    """A new attempt. Raises Refusal."""
    mode = message.field("paymentMode")
    if not mode:
        raise Refusal("F", "1007")
    if mode not in MODES or not enabled(order, mode):
        raise Refusal("F", "317")
    attempt = new_attempt(paytm, order, mode)
    _READ[mode](paytm, order, message, attempt)
    return attempt


def new_attempt(paytm: Paytm, order: Order, mode: str) -> Attempt:
    """An attempt that nobody has ended."""
    return Attempt(
        key=paytm.world.ids.hexes("pg", 24),
        mode=mode,
        paise=order.paise,
        created=paytm.world.clock.now(),
        txn_id=paytm.new_txn_id(),
        code="400" if mode.startswith("UPI") else "402",
    )


def enabled(order: Order, mode: str) -> bool:
    """Whether the initiate call lets this mode be used."""
    wanted = "UPI" if mode == "UPI_INTENT" else mode
    allowed = _named(order.asked.get("enablePaymentMode"))
    return (not allowed or wanted in allowed) and wanted not in _named(
        order.asked.get("disablePaymentMode")
    )


def _named(listed: object) -> set[str]:
    entries = listed if isinstance(listed, list) else []
    return {str(each.get("mode")) for each in entries if isinstance(each, dict)}


def _card(paytm: Paytm, order: Order, message: Message, attempt: Attempt) -> None:
    """``savedCardId|cardNumber|cvv|MMYYYY``; a saved card leaves out number and date."""
    if attempt.mode == "EMI" and not message.field("planId"):
        raise Refusal("F", "1007")
    parts = message.field("cardInfo").split("|")
    if len(parts) != 4:
        raise Refusal("F", "1007" if not message.field("cardInfo") else "1001")
    card_id, number, code, expiry = parts
    if not (code.isdigit() and len(code) in (3, 4)):
        raise Refusal("F", "1001")
    attempt.card = _saved(paytm, order, card_id) if card_id else _new(paytm, number, expiry)
    attempt.bank = attempt.card.scheme
    attempt.save_card = "1" in (message.field("saveForFuture"), message.field("storeInstrument"))


def _saved(paytm: Paytm, order: Order, card_id: str) -> Card:
    card = paytm.saved.get(str(order.customer.get("custId")), {}).get(card_id)
    if card is None:
        raise Refusal("F", "1001")
    if card_id in paytm.suspended:
        raise Refusal("F", "0001")
    return card


def _new(paytm: Paytm, number: str, expiry: str) -> Card:
    card = read_card(number, expiry)
    if card is None:
        raise Refusal("F", "312")
    today = paytm.world.clock.now().astimezone(IST)
    if not _EXPIRY.fullmatch(expiry) or expiry[2:] + expiry[:2] < f"{today:%Y%m}":
        raise Refusal("F", "315")
    return card


def _bank(paytm: Paytm, order: Order, message: Message, attempt: Attempt) -> None:
    attempt.bank = message.field("channelCode")
    if attempt.bank not in BANKS:
        raise Refusal("F", "1001" if attempt.bank else "1007")


def _upi_collect(paytm: Paytm, order: Order, message: Message, attempt: Attempt) -> None:
    attempt.vpa = message.field("payerAccount")
    if not attempt.vpa:
        raise Refusal("F", "1007")
    if not vpa_shaped(attempt.vpa) or attempt.vpa.lower().startswith("invalid"):
        raise Refusal("F", "295")
    attempt.bank = attempt.vpa.partition("@")[2]


def _upi_intent(paytm: Paytm, order: Order, message: Message, attempt: Attempt) -> None:
    """Needs nothing: the app knows its customer."""


def _wallet(paytm: Paytm, order: Order, message: Message, attempt: Attempt) -> None:
    if not order.phone:
        raise Refusal("F", "2004")
    if attempt.mode == "PAYTM_DIGITAL_CREDIT" and message.field("mpin") != PASSCODE:
        raise Refusal("F", "931")


_READ: dict[str, Callable[[Paytm, Order, Message, Attempt], None]] = {
    **dict.fromkeys(_CARDS, _card),
    **dict.fromkeys(_WALLETS, _wallet),
    "NET_BANKING": _bank,
    "UPI": _upi_collect,
    "UPI_INTENT": _upi_intent,
}
