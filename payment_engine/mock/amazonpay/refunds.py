"""``/v1/payments/refund``: asynchronous refunds of a charge, in full or in parts."""

import re

from payment_engine.mock.amazonpay.config import NAME
from payment_engine.mock.amazonpay.documents import refund_document
from payment_engine.mock.amazonpay.errors import Refusal, invalid
from payment_engine.mock.amazonpay.model import Charge, Refund
from payment_engine.mock.amazonpay.state import AmazonPay
from payment_engine.mock.amazonpay.transactions import ID_TYPES, txn_id_of
from payment_engine.mock.amazonpay.webhooks import send_refund_event
from payment_engine.mock.amazonpay.wire import Content, Fields
from payment_engine.mock.ledger import Kind, Movement
from payment_engine.mock.money import paise_of
from payment_engine.mock.script import Stage

REFUND_PATH = "/amazonpay/v1/payments/refund"
_REFUND_ID = re.compile(r"[A-Za-z0-9_-]{1,32}")
_MAX_NOTE_LENGTH = 200
_BOUNCE_AFTER = 2.0
_SCRIPTED_STATUSES = {"refund_failure": "Declined", "refund_bounce": "Approved"}


def create(amazonpay: AmazonPay, fields: Fields) -> Content:
    """``POST``: a refund of a charge or of a part of it, Pending first."""
    paise = _checked_paise(fields)
    charge = amazonpay.charge(fields["chargeIdType"], fields["chargeId"])
    if fields["refundId"] in amazonpay.refunds:
        raise Refusal("DuplicateRefundId", "A refund with this id exists.")
    if not charge.is_paid:
        raise Refusal("ChargeNotApproved", "The charge was not approved.")
    if paise > charge.refundable:
        raise Refusal("ExcessRefundAmount", "The refunds exceed the charge.")
    new = _new_refund(amazonpay, charge, fields["refundId"], paise)
    amazonpay.add_refund(charge, new)
    _schedule(amazonpay, charge, new)
    return refund_document(new)


def read(amazonpay: AmazonPay, fields: Fields) -> Content:
    """``GET``: by either id."""
    return refund_document(amazonpay.refund(*txn_id_of(fields)))


def complete(amazonpay: AmazonPay, charge: Charge, refund: Refund, status: str) -> bool:
    """End a refund as Approved or Declined; False for one that has ended."""
    if refund.status != "Pending":
        return False
    refund.status = status
    refund.updated = amazonpay.world.clock.now()
    if status == "Approved":
        charge.wallet.balance += refund.paise
        _record_movement(amazonpay, charge, refund, "refund")
    send_refund_event(amazonpay, charge, refund)
    return True


def refund_in_seller_central(amazonpay: AmazonPay, charge: Charge) -> bool:
    """A person refunds what is left; False if nothing is. It has no id of the seller's."""
    if not charge.refundable:
        return False
    new = _new_refund(amazonpay, charge, "", charge.refundable)
    new.refund_id = new.amazon_refund_id
    amazonpay.add_refund(charge, new)
    return complete(amazonpay, charge, new, "Approved")


def bounce(amazonpay: AmazonPay, charge: Charge, refund: Refund) -> bool:
    """Return an approved refund to the seller; False for any other."""
    if refund.status != "Approved":
        return False
    refund.status = "Declined"
    refund.updated = amazonpay.world.clock.now()
    charge.wallet.balance = max(0, charge.wallet.balance - refund.paise)
    _record_movement(amazonpay, charge, refund, "bounce")
    send_refund_event(amazonpay, charge, refund)
    return True


def _checked_paise(fields: Fields) -> int:
    """The paise to refund. Raises Refusal with every invalid field."""
    paise = paise_of(fields.get("amount", ""))
    checks = {
        "refundId": _REFUND_ID.fullmatch(fields.get("refundId", "")),
        "chargeIdType": fields.get("chargeIdType") in ID_TYPES,
        "chargeId": fields.get("chargeId"),
        "amount": paise,
        "currencyCode": fields.get("currencyCode") == "INR",
        "noteToCustomer": len(fields.get("noteToCustomer", "")) <= _MAX_NOTE_LENGTH,
        "softDescriptor": len(fields.get("softDescriptor", "")) <= _MAX_NOTE_LENGTH,
    }
    if invalid_fields := [name for name, is_valid in checks.items() if not is_valid]:
        raise invalid(*invalid_fields)
    return paise or 0


def _new_refund(amazonpay: AmazonPay, charge: Charge, refund_id: str, paise: int) -> Refund:
    now = amazonpay.world.clock.now()
    amazon_id = f"{charge.amazon_charge_id}-R{amazonpay.world.ids.digits(6)}"
    return Refund(refund_id, amazon_id, paise, now, now)


def _schedule(amazonpay: AmazonPay, charge: Charge, refund: Refund) -> None:
    """Let the refund end after a while; a scripted hold or review leaves it Pending."""
    world = amazonpay.world
    scripted = world.script.take(
        Stage.REFUND,
        gateway=NAME,
        path=REFUND_PATH,
        order_id=charge.charge_id,
        instrument="WALLET",
        bank="AMAZONPAY",
    )
    behaviour = scripted.behaviour if scripted else {}
    after: float | None = behaviour.get("seconds", world.config.refund_after)
    status = _SCRIPTED_STATUSES.get(scripted.kind) if scripted else "Approved"
    if status and after is not None:
        world.clock.later(after, lambda: complete(amazonpay, charge, refund, status))
        if scripted and scripted.kind == "refund_bounce":
            returned = after + float(behaviour.get("after", _BOUNCE_AFTER))
            world.clock.later(returned, lambda: bounce(amazonpay, charge, refund))


def _record_movement(amazonpay: AmazonPay, charge: Charge, refund: Refund, kind: Kind) -> None:
    movement = Movement(
        gateway=NAME,
        order_id=charge.charge_id,
        ref=refund.refund_id,
        kind=kind,
        paise=refund.paise,
        at=refund.updated,
        instrument="WALLET",
        bank_ref=refund.amazon_refund_id,
    )
    amazonpay.world.ledger.move(movement)
