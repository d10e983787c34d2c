"""Actions on many rows, carried out by workers a batch at a time."""

from typing import Any

from tortoise import fields
from tortoise.models import Model

from payment_engine.db.fields import enum_column
from payment_engine.domain.bulk import BulkState


class BulkAction(Model):
    """One action on all rows that a query selects, and how far it is.

    ``cursor``: after which row the next batch begins. ``failed``: those of ``done`` that got no
    answer.
    """

    id = fields.CharField(primary_key=True, max_length=24)
    merchant_id = fields.CharField(max_length=24)
    actor = fields.CharField(max_length=64)
    action = fields.CharField(max_length=40)
    reason = fields.CharField(max_length=200)
    query: Any = fields.JSONField()
    state = enum_column(BulkState, 12)
    cursor = fields.CharField(max_length=120, null=True)
    total = fields.IntField()
    done = fields.IntField(db_default=0, default=0)
    changed = fields.IntField(db_default=0, default=0)
    failed = fields.IntField(db_default=0, default=0)
    created_at = fields.DatetimeField()
    finished_at = fields.DatetimeField(null=True)

    class Meta:
        table = "bulk_action"
        indexes = (("merchant_id", "created_at"),)
