"""Attempts to pay: by ``processTransaction``, a bank's OTP, or on Paytm's own page."""

import re
from collections.abc import Callable, Mapping

from sanic import HTTPResponse, Request

from payment_engine.mock.paytm import outcomes
from payment_engine.mock.paytm.auth import order_of_token, session_of
from payment_engine.mock.paytm.documents import bank_form, outcome_document, upi_document
from payment_engine.mock.paytm.errors import Refusal, result_info
from payment_engine.mock.paytm.model import (
    BANKS,
    Attempt,
    Card,
    Order,
    is_vpa,
    read_card,
)
from payment_engine.mock.paytm.state import IST, Paytm, paytm_of
from payment_engine.mock.paytm.wire import Message, answer

RIGHT_OTP = "000000"
PASSCODE = "1234"
_EXPIRY = re.compile(r"(0[1-9]|1[0-2])\d{4}")
_CARD_MODES = ("CREDIT_CARD", "DEBIT_CARD", "EMI")
_WALLET_MODES = ("BALANCE", "PAYTM_DIGITAL_CREDIT")
MODES = (*_CARD_MODES, "NET_BANKING", "UPI", "UPI_INTENT", *_WALLET_MODES)
CHECKOUT_MODES: Mapping[str, str] = {
    "UPI": "UPI",
    "CREDIT_CARD": "Credit card",
    "DEBIT_CARD": "Debit card",
    "NET_BANKING": "Netbanking",
    "BALANCE": "Paytm wallet",
}
_TEST_CARD = "4111111111111111"


async def process_transaction(request: Request) -> HTTPResponse:
    """``processTransaction``: 0000 means accepted, not paid; only a wallet pays at once."""
    paytm = paytm_of(request)
    order, message = session_of(request)
    if message.field("requestType") not in ("NATIVE", "Payment"):
        raise Refusal("F", "1001" if message.field("requestType") else "1007")
    check_payable(order)
    attempt = read_attempt(paytm, order, message)
    scripted = outcomes.begin(paytm, order, attempt, request.path)
    if attempt.upi:
        return answer(request, {**result_info("S", "0000"), **upi_document(paytm, order, attempt)})
    if attempt.card or attempt.bank:
        return answer(
            request, {**result_info("S", "0000"), "bankForm": bank_form(paytm, order, attempt)}
        )
    if not scripted:
        outcomes.complete(paytm, order, attempt)
    return answer(request, outcome_document(paytm, order, attempt))


async def transaction_status(request: Request) -> HTTPResponse:
    """``transactionStatus``, which the form of a UPI collect request polls."""
    paytm = paytm_of(request)
    body = request.json if isinstance(request.json, dict) else {}
    order = order_of_token(request, str(body.get("token", "")))
    if not order.attempt:
        raise Refusal("F", "331")
    return answer(request, outcome_document(paytm, order, order.attempt))


def check_payable(order: Order) -> None:
    """Raises Refusal where an attempt has ended or is pending."""
    if order.is_closed:
        raise Refusal("F", "GW00460")
    if order.attempt:
        raise Refusal("F", "1005")


async def direct_bank_request(request: Request) -> HTTPResponse:
    """``directBankRequest``: ``submit`` with an ``otp``, ``resend`` or ``cancel``.

    A wrong OTP fails the payment.
    """
    paytm = paytm_of(request)
    order, message = session_of(request)
    attempt = order.attempt
    kind = message.field("requestType").lower()
    if order.is_closed:
        raise Refusal("F", "GW00460")
    if not attempt or not attempt.card:
        raise Refusal("F", "1001")
    match kind:
        case "resend":
            return answer(request, result_info("S", "0000"))
        case "cancel":
            outcomes.decline(paytm, order, attempt, "otp_cancelled")
        case "submit" if message.field("otp") == RIGHT_OTP:
            outcomes.complete(paytm, order, attempt)
        case "submit":
            outcomes.decline(paytm, order, attempt, "wrong_otp")
        case _:
            raise Refusal("F", "1001")
    return answer(request, outcome_document(paytm, order, attempt))


def read_attempt(paytm: Paytm, order: Order, message: Message) -> Attempt:
    """The attempt of a ``processTransaction``. Raises Refusal."""
    mode = message.field("paymentMode")
    if not mode:
        raise Refusal("F", "1007")
    if mode not in MODES or not order.allows(mode):
        raise Refusal("F", "317")
    attempt = new_attempt(paytm, order, mode)
    _READERS[mode](paytm, order, message, attempt)
    return attempt


def new_attempt(paytm: Paytm, order: Order, mode: str) -> Attempt:
    """A pending attempt."""
    return Attempt(
        page_key=paytm.world.ids.hexes("pg", 24),
        mode=mode,
        paise=order.paise,
        created=paytm.world.clock.now(),
        txn_id=paytm.new_txn_id(),
        code="400" if mode.startswith("UPI") else "402",
    )


def _read_card(paytm: Paytm, order: Order, message: Message, attempt: Attempt) -> None:
    """``savedCardId|cardNumber|cvv|MMYYYY``; a saved card omits number and expiry."""
    if attempt.mode == "EMI" and not message.field("planId"):
        raise Refusal("F", "1007")
    parts = message.field("cardInfo").split("|")
    if len(parts) != 4:
        raise Refusal("F", "1007" if not message.field("cardInfo") else "1001")
    card_id, number, code, expiry = parts
    if not (code.isdigit() and len(code) in (3, 4)):
        raise Refusal("F", "1001")
    attempt.card = (
        _saved_card(paytm, order, card_id) if card_id else _entered_card(paytm, number, expiry)
    )
    attempt.bank = attempt.card.scheme
    attempt.save_card = "1" in (message.field("saveForFuture"), message.field("storeInstrument"))


def _saved_card(paytm: Paytm, order: Order, card_id: str) -> Card:
    card = paytm.saved_cards.get(order.customer_id, {}).get(card_id)
    if card is None:
        raise Refusal("F", "1001")
    if card_id in paytm.suspended_cards:
        raise Refusal("F", "0001")
    return card


def _entered_card(paytm: Paytm, number: str, expiry: str) -> Card:
    card = read_card(number, expiry)
    if card is None:
        raise Refusal("F", "312")
    today = paytm.world.clock.now().astimezone(IST)
    if not _EXPIRY.fullmatch(expiry) or expiry[2:] + expiry[:2] < f"{today:%Y%m}":
        raise Refusal("F", "315")
    return card


def _read_bank(paytm: Paytm, order: Order, message: Message, attempt: Attempt) -> None:
    attempt.bank = message.field("channelCode")
    if attempt.bank not in BANKS:
        raise Refusal("F", "1001" if attempt.bank else "1007")


def _read_upi_collect(paytm: Paytm, order: Order, message: Message, attempt: Attempt) -> None:
    attempt.vpa = message.field("payerAccount")
    if not attempt.vpa:
        raise Refusal("F", "1007")
    if not is_vpa(attempt.vpa) or attempt.vpa.lower().startswith("invalid"):
        raise Refusal("F", "295")
    attempt.bank = attempt.vpa.partition("@")[2]


def _read_upi_intent(paytm: Paytm, order: Order, message: Message, attempt: Attempt) -> None:
    """Reads nothing: the app knows its customer."""


def _read_wallet(paytm: Paytm, order: Order, message: Message, attempt: Attempt) -> None:
    if not order.phone:
        raise Refusal("F", "2004")
    if attempt.mode == "PAYTM_DIGITAL_CREDIT" and message.field("mpin") != PASSCODE:
        raise Refusal("F", "931")


_READERS: dict[str, Callable[[Paytm, Order, Message, Attempt], None]] = {
    **dict.fromkeys(_CARD_MODES, _read_card),
    **dict.fromkeys(_WALLET_MODES, _read_wallet),
    "NET_BANKING": _read_bank,
    "UPI": _read_upi_collect,
    "UPI_INTENT": _read_upi_intent,
}


def checkout_modes(order: Order) -> list[str]:
    """The payment modes that the page offers."""
    return [mode for mode in CHECKOUT_MODES if order.allows(mode)]


def checkout_attempt(paytm: Paytm, order: Order, form: Mapping[str, str], path: str) -> Attempt:
    """Start the attempt of a submitted page, and end it as its button says unless scripted."""
    action = form.get("action", "")
    if action == "cancel":
        return abandon(paytm, order)
    attempt = hosted_attempt(paytm, order, form.get("mode", ""), form.get("account", ""))
    scripted = outcomes.begin(paytm, order, attempt, path)
    if action == "success" and not scripted:
        outcomes.complete(paytm, order, attempt)
    elif action == "fail" and not scripted:
        outcomes.decline(paytm, order, attempt, form.get("reason") or "declined")
    return attempt


def schedule_customer(paytm: Paytm, order: Order) -> None:
    """With ``auto_approve_after``, pay an order on Paytm's page that has no attempt by then."""
    after = paytm.world.config.auto_approve_after

    def pay() -> None:
        if order.attempt is None:
            attempt = hosted_attempt(paytm, order)
            paytm.add_attempt(order, attempt)
            outcomes.complete(paytm, order, attempt)

    if after is not None:
        paytm.world.clock.later(after, pay)


def abandon(paytm: Paytm, order: Order) -> Attempt:
    """The customer leaves before a transaction exists."""
    attempt = hosted_attempt(paytm, order)
    attempt.txn_id = ""
    paytm.add_attempt(order, attempt)
    outcomes.decline(paytm, order, attempt, "customer_cancelled")
    return attempt


def hosted_attempt(paytm: Paytm, order: Order, mode: str = "", account: str = "") -> Attempt:
    """An attempt on Paytm's page; ``account`` is a UPI id, card number or bank code."""
    modes = checkout_modes(order)
    if mode not in modes:
        mode = modes[0] if modes else "UPI"
    attempt = new_attempt(paytm, order, mode)
    attempt.hosted = True
    if mode == "UPI" and is_vpa(account):
        attempt.vpa = account
    elif mode == "NET_BANKING":
        attempt.bank = account if account in BANKS else "HDFC"
    elif mode.endswith("CARD"):
        expiry = f"12{paytm.world.clock.now().year + 5}"
        attempt.card = read_card(account, expiry) or read_card(_TEST_CARD, expiry)
        attempt.bank = attempt.card.scheme if attempt.card else ""
    return attempt
