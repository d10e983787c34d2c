"""Refunds. Amounts are paise."""

from typing import Any

from tortoise import fields
from tortoise.models import Model

from payment_engine.db.fields import enum_column
from payment_engine.db.models.payment import Attempt, Payment
from payment_engine.domain.states import RefundStatus


class Refund(Model):
    """One refund of one captured attempt; ``automatic`` if the engine itself started it."""

    id = fields.CharField(primary_key=True, max_length=24)
    payment: fields.ForeignKeyRelation[Payment] = fields.ForeignKeyField(
        "engine.Payment", related_name="refunds", on_delete=fields.RESTRICT
    )
    payment_id: str
    attempt: fields.ForeignKeyRelation[Attempt] = fields.ForeignKeyField(
        "engine.Attempt", related_name="refunds", on_delete=fields.RESTRICT
    )
    attempt_id: str
    ref = fields.CharField(max_length=20, unique=True)
    amount = fields.BigIntField()
    status = enum_column(RefundStatus, 16)
    reason = fields.CharField(max_length=64)
    lines: Any = fields.JSONField()
    automatic = fields.BooleanField(db_default=False, default=False)
    foreign_ref = fields.CharField(max_length=128, null=True)
    """The gateway's reference of a refund that it made without us; null for our own."""
    requested_by = fields.CharField(max_length=64, null=True)
    approved_at = fields.DatetimeField(null=True)
    gateway_status = fields.CharField(max_length=64, null=True)
    gateway_refund_id = fields.CharField(max_length=128, null=True)
    gateway_code = fields.CharField(max_length=128, null=True)
    arn = fields.CharField(max_length=64, null=True)
    rrn = fields.CharField(max_length=64, null=True)
    review = fields.CharField(max_length=120, null=True)
    created_at = fields.DatetimeField()
    settled_at = fields.DatetimeField(null=True)

    class Meta:
        table = "refund"
        indexes = (("payment_id",),)
