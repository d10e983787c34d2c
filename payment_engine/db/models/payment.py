"""Payments, their attempts, and their history, which is only added to. Amounts are paise."""

from typing import Any

from tortoise import fields
from tortoise.models import Model

from payment_engine.db.fields import enum_column
from payment_engine.db.models.merchant import Merchant
from payment_engine.domain.customer import CustomerKey
from payment_engine.domain.gateway import ChargeKey
from payment_engine.domain.money import Paise
from payment_engine.domain.payment_methods import Method
from payment_engine.domain.states import AttemptStatus, Closing, PaymentStatus


class Payment(Model):
    """Our promise to collect one amount for one order.

    ``status`` is rolled up from the attempts, ``version`` counts every visible change and
    ``sequence`` every message to the order service.
    """

    id = fields.CharField(primary_key=True, max_length=24)
    merchant: fields.ForeignKeyRelation[Merchant] = fields.ForeignKeyField(
        "engine.Merchant", related_name="payments", on_delete=fields.RESTRICT
    )
    merchant_id: str
    order_id = fields.CharField(max_length=64)
    status = enum_column(PaymentStatus, 16)
    amount = fields.BigIntField()
    currency = fields.CharField(max_length=3)
    amount_authorized = fields.BigIntField(db_default=0, default=0)
    amount_captured = fields.BigIntField(db_default=0, default=0)
    amount_refunded = fields.BigIntField(db_default=0, default=0)
    breakdown: Any = fields.JSONField()
    metadata: Any = fields.JSONField()
    customer_ref = fields.CharField(max_length=64)
    customer = fields.BinaryField()
    """Phone, email and name, encrypted."""
    phone_hash = fields.BinaryField(null=True)
    """A keyed hash, by which a customer's payments are found by phone number."""
    return_url = fields.TextField()
    capture = fields.CharField(max_length=12)
    closing = enum_column(Closing, 12, null=True)
    closed_at = fields.DatetimeField(null=True)
    revision = fields.BigIntField(db_default=1, default=1)
    """Increases by one with every commit and guards it: a stale decision is made again."""
    version = fields.IntField(db_default=1, default=1)
    sequence = fields.IntField(db_default=0, default=0)
    created_at = fields.DatetimeField()
    expires_at = fields.DatetimeField()
    erased_at = fields.DatetimeField(null=True)
    """When what is personal was taken out of its rows; null again once it changes after that."""

    class Meta:
        table = "payment"

    @property
    def customer_key(self) -> CustomerKey:
        """Who pays."""
        return CustomerKey(self.merchant_id, self.customer_ref)


class Attempt(Model):
    """One attempt to pay: one gateway, one method, one reference.

    ``live``: the customer may still be paying through it. ``elected``: its money pays the
    order. ``conflict`` and ``review`` say why success did not count.
    """

    id = fields.CharField(primary_key=True, max_length=24)
    payment: fields.ForeignKeyRelation[Payment] = fields.ForeignKeyField(
        "engine.Payment", related_name="attempts", on_delete=fields.RESTRICT
    )
    payment_id: str
    number = fields.SmallIntField()
    ref = fields.CharField(max_length=20, unique=True)
    gateway = fields.CharField(max_length=32)
    method = enum_column(Method, 16)
    status = enum_column(AttemptStatus, 16)
    hosted = fields.BooleanField(db_default=False, default=False)
    """Started in the hosted checkout: the customer comes back to it afterwards."""
    platform = fields.CharField(max_length=16, null=True)
    """The customer's device as UPI's rules mean it; decides what is suggested after a decline."""
    live = fields.BooleanField(db_default=True, default=True)
    elected = fields.BooleanField(db_default=False, default=False)
    amount = fields.BigIntField()
    currency = fields.CharField(max_length=3)
    amount_authorized = fields.BigIntField(db_default=0, default=0)
    amount_captured = fields.BigIntField(db_default=0, default=0)
    amount_to_capture = fields.BigIntField(null=True)
    """How much of the authorized amount the shop captures; the rest is released."""
    amount_refund_reserved = fields.BigIntField(db_default=0, default=0)
    """The sum of all refunds that are not known to have failed."""
    amount_refunded = fields.BigIntField(db_default=0, default=0)
    next_action = fields.BinaryField(null=True)
    """What the checkout does next, encrypted: redirects may carry a gateway's token."""
    gateway_status = fields.CharField(max_length=64, null=True)
    gateway_payment_id = fields.CharField(max_length=128, null=True)
    rrn = fields.CharField(max_length=64, null=True)
    arn = fields.CharField(max_length=64, null=True)
    """The acquirer's number for a card payment, by which the customer's bank finds it."""
    decline_code = fields.CharField(max_length=48, null=True)
    gateway_code = fields.CharField(max_length=128, null=True)
    gateway_message = fields.TextField(null=True)
    instrument_id = fields.CharField(max_length=24, null=True)
    """The saved card, UPI ID or wallet it is paid with."""
    choice = fields.CharField(max_length=32, null=True)
    """The UPI app, bank or wallet that the customer chose, to be offered first next time."""
    payer = fields.BinaryField(null=True)
    """The UPI ID to save once it has paid, encrypted; wiped when the attempt is over."""
    payer_hash = fields.BinaryField(null=True)
    """A keyed hash of the UPI ID that paid, to find the payment by."""
    address_hash = fields.BinaryField(null=True)
    """A keyed hash of the network address that a card came from, to count declines by."""
    bin_hash = fields.BinaryField(null=True)
    """A keyed hash of a card's first digits, to count declines by."""
    declined_at = fields.DatetimeField(null=True)
    """When its card was declined, if that says something of the card. The indexes of declines are
    on this instead of the status, which changes with each attempt."""
    conflict = fields.CharField(max_length=24, null=True)
    review = fields.CharField(max_length=120, null=True)
    checks = fields.SmallIntField(db_default=0, default=0)
    """How often its gateway was checked while it was a pending UPI charge."""
    checked_at = fields.DatetimeField(null=True)
    """The last of those checks."""
    created_at = fields.DatetimeField()
    expires_at = fields.DatetimeField()
    settled_at = fields.DatetimeField(null=True)

    class Meta:
        table = "attempt"
        unique_together = (("payment_id", "number"),)

    @property
    def charge_key(self) -> ChargeKey:
        """What its gateway knows the charge by; the payment must be loaded with the attempt."""
        return ChargeKey(
            ref=self.ref,
            customer_ref=self.payment.customer_ref,
            amount=Paise(self.amount),
            gateway_payment_id=self.gateway_payment_id,
        )


class PaymentEvent(Model):
    """One thing that happened to a payment, and who reported it. Never changed."""

    id = fields.BigIntField(primary_key=True, generated=True)
    payment: fields.ForeignKeyRelation[Payment] = fields.ForeignKeyField(
        "engine.Payment", related_name="events", on_delete=fields.RESTRICT
    )
    payment_id: str
    version = fields.IntField()
    attempt_id = fields.CharField(max_length=24, null=True)
    refund_id = fields.CharField(max_length=24, null=True)
    type = fields.CharField(max_length=40)
    source = fields.CharField(max_length=24)
    data: Any = fields.JSONField()
    at = fields.DatetimeField()
    change_id = fields.CharField(max_length=24, null=True)
    """On the first event of a commit: tells the writer whether the commit was written."""
    changes: Any = fields.JSONField(null=True)
    """What the whole commit changed, by row and column, so that the history replays to the rows."""

    class Meta:
        table = "payment_event"
