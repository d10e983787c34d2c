"""``/v1/payments/charge``: charging a linked wallet, and the status of a charge."""

import re
from collections.abc import Callable
from datetime import timedelta

from payment_engine.mock.amazonpay import outcomes
from payment_engine.mock.amazonpay.config import NAME
from payment_engine.mock.amazonpay.documents import charge_document, refund_document
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
"""Reasons of a scripted decline that are answered as errors, without a charge."""


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
    amazonpay.add_charge(new)
    outcomes.begin(amazonpay, new, scripted)
    return charge_document(amazonpay, new)


def read(amazonpay: AmazonPay, fields: Fields) -> Content:
    """``GET``: by either id; also answers for a refund's id."""
    id_type, txn_id = txn_id_of(fields)
    if txn_id in amazonpay.refunds and txn_id not in amazonpay.charges:
        return refund_document(amazonpay.refund(id_type, txn_id))
    return charge_document(amazonpay, amazonpay.charge(id_type, txn_id))


def txn_id_of(fields: Fields) -> tuple[str, str]:
    """The type of id in a status call, and the id. Raises Refusal."""
    id_type = fields.get("txnIdType", "")
    txn_id = fields.get("txnId", "")
    invalid_fields = [] if id_type in ID_TYPES else ["txnIdType"]
    if not txn_id:
        invalid_fields.append("txnId")
    if invalid_fields:
        raise invalid(*invalid_fields)
    return id_type, txn_id


def _new_charge(amazonpay: AmazonPay, fields: Fields) -> Charge:
    """A new charge from the fields of a call. Raises Refusal."""
    _check_fields(fields)
    wallet = amazonpay.links.wallet_of(fields["accessToken"])
    safelist = amazonpay.config.callback_urls
    if safelist and fields["callbackUrl"] not in safelist:
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
        expires=now + timedelta(seconds=int(fields["timeoutInSecs"])),
        callback_url=fields["callbackUrl"],
        note=fields.get("noteToCustomer", ""),
        custom_data=fields.get("customData", ""),
    )


def _check_fields(fields: Fields) -> None:
    """Raises Refusal with every invalid field."""
    rules = _FIELD_RULES.items()
    if invalid_fields := [name for name, rule in rules if not rule(fields.get(name, ""))]:
        raise invalid(*invalid_fields)
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
    """The reason in _REFUSALS why no charge is created, if there is one."""
    if not charge.wallet.kyc:
        return "non_kyc"
    reason = str(scripted.behaviour.get("reason")) if scripted else ""
    return reason if reason in _REFUSALS else None
