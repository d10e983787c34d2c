"""``/v1/payments/charge``: taking money from a linked wallet, and its status."""

import re
from collections.abc import Callable
from datetime import timedelta

from payment_engine.mock.amazonpay import outcomes
from payment_engine.mock.amazonpay.config import NAME
from payment_engine.mock.amazonpay.documents import refund_document
from payment_engine.mock.amazonpay.errors import Refusal, invalid
from payment_engine.mock.amazonpay.model import Charge
from payment_engine.mock.amazonpay.state import AmazonPay
from payment_engine.mock.amazonpay.wire import Content, Fields
from payment_engine.mock.amount_bands import by_amount
from payment_engine.mock.money import paise_of
from payment_engine.mock.script import Scripted, Stage

CHARGE_PATH = "/amazonpay/v1/payments/charge"
ID_TYPES = frozenset({"AmazonTxnId", "MerchantTxnId"})
_CHARGE_ID = re.compile(r"[A-Za-z0-9_-]{1,50}")
_REFUSALS = {
    "non_kyc": ("NonKYCAccount", "The customer's account is not verified."),
    "insufficient_funds": ("InsufficientFunds", "The wallet does not hold enough."),
    "load_limit": ("InsufficientLoadLimit", "The wallet may not hold as much."),
}
"""Reasons of a scripted decline that are errors, and leave no charge behind."""


def create(amazonpay: AmazonPay, fields: Fields) -> Content:
    """``POST``: approved at once if the wallet holds enough, else the customer is asked."""
    new = _new_charge(amazonpay, fields)
    scripted = amazonpay.world.script.take(
        Stage.PAYMENT,
        gateway=NAME,
        path=CHARGE_PATH,
        order_id=new.charge_id,
        instrument="WALLET",
        bank="AMAZONPAY",
    )
    scripted = scripted or by_amount(amazonpay.world.config, new.paise)
    if reason := _refusal_reason(new, scripted):
        raise Refusal(*_REFUSALS[reason])
    amazonpay.add(new)
    outcomes.begin(amazonpay, new, scripted)
    return amazonpay.shown(new)


def read(amazonpay: AmazonPay, fields: Fields) -> Content:
    """``GET``: by either id; a refund's id is answered here too."""
    id_type, txn_id = txn_id_of(fields)
    if txn_id in amazonpay.refunds and txn_id not in amazonpay.charges:
        return refund_document(amazonpay.refund(id_type, txn_id))
    return amazonpay.shown(amazonpay.charge(id_type, txn_id))


def txn_id_of(fields: Fields) -> tuple[str, str]:
    """The kind of id that a status call gives, and the id. Raises Refusal."""
    id_type = fields.get("txnIdType", "")
    txn_id = fields.get("txnId", "")
    wrong = [] if id_type in ID_TYPES else ["txnIdType"]
    if not txn_id:
        wrong.append("txnId")
    if wrong:
        raise invalid(*wrong)
    return id_type, txn_id


def _new_charge(amazonpay: AmazonPay, fields: Fields) -> Charge:
    """A new charge from what a call says. Raises Refusal."""
    _check_fields(fields)
    wallet = amazonpay.links.wallet(fields["accessToken"])
    safe = amazonpay.config.callback_urls
    if safe and fields["callbackUrl"] not in safe:
        raise Refusal("InvalidCallbackUrl", "The callback URL is not safelisted.")
    if fields["chargeId"] in amazonpay.charges:
        raise Refusal("DuplicateChargeId", "A charge with this id exists.")
    world = amazonpay.world
    now = world.clock.now()
    return Charge(
        charge_id=fields["chargeId"],
        amazon_charge_id=f"S04-{world.ids.digits(7)}-{world.ids.digits(7)}",
        wallet=wallet,
        paise=paise_of(fields["amount"]) or 0,
        created=now,
        updated=now,
        lapses=now + timedelta(seconds=int(fields["timeoutInSecs"])),
        callback_url=fields["callbackUrl"],
        note=fields.get("noteToCustomer", ""),
        custom_data=fields.get("customData", ""),
    )


def _check_fields(fields: Fields) -> None:
    """Raises Refusal naming every field that does not fit."""
    given = {name: fields.get(name, "") for name in _FIELD_RULES}
    if wrong := [name for name, fits in _FIELD_RULES.items() if not fits(given[name])]:
        raise invalid(*wrong)
    instrument = fields.get("selectedPaymentInstrumentType") or fields.get(
        "selectedPaymentInstrument"
    )
    if instrument != "AmazonPayBalance":
        raise invalid("selectedPaymentInstrumentType")


def _is_timeout(text: str) -> bool:
    return text.isdecimal() and len(text) == 3 and 300 <= int(text) <= 900


_FIELD_RULES: dict[str, Callable[[str], object]] = {
    "intent": lambda text: text == "Capture",
    "chargeId": _CHARGE_ID.fullmatch,
    "referenceId": bool,
    "amount": paise_of,
    "currencyCode": lambda text: text == "INR",
    "accessToken": bool,
    "callbackUrl": lambda text: text.startswith(("https://", "http://")),
    "attributableProgram": lambda text: text in ("S2SPay", "S2Spay"),
    "timeoutInSecs": _is_timeout,
    "noteToCustomer": lambda text: len(text) <= 200,
    "customData": lambda text: len(text) <= 2000,
}


def _refusal_reason(charge: Charge, scripted: Scripted | None) -> str | None:
    """Why there will be no charge at all."""
    if not charge.wallet.kyc:
        return "non_kyc"
    reason = str(scripted.behaviour.get("reason")) if scripted else ""
    return reason if reason in _REFUSALS else None
