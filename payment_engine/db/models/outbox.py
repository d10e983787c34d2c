"""Messages to order services, each written with the change that it reports."""

from typing import Any

from tortoise import fields
from tortoise.models import Model

from payment_engine.db.fields import enum_column
from payment_engine.domain.events import MessageState


class OutboxMessage(Model):
    """One message; those of one payment are delivered in the order of ``sequence``."""

    id = fields.CharField(primary_key=True, max_length=24)
    merchant_id = fields.CharField(max_length=24)
    payment_id = fields.CharField(max_length=24)
    sequence = fields.IntField()
    type = fields.CharField(max_length=40)
    body: Any = fields.JSONField()
    state = enum_column(MessageState, 16, default=MessageState.READY)
    attempts = fields.IntField(db_default=0, default=0)
    transaction_id = fields.BigIntField(db_default=0, default=0)
    """The transaction that wrote it, which numbers messages in the order of their commits."""
    run_at = fields.DatetimeField()
    lease_until = fields.DatetimeField(null=True)
    last_error = fields.CharField(max_length=200, null=True)
    created_at = fields.DatetimeField()
    delivered_at = fields.DatetimeField(null=True)

    class Meta:
        table = "outbox_message"
        unique_together = (("payment_id", "sequence"),)
