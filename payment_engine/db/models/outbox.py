"""What the order service must hear, written with the change it tells of."""

from typing import Any

from tortoise import fields
from tortoise.models import Model


class OutboxMessage(Model):
    """One message; those of one payment leave in ``sequence``."""

    id = fields.CharField(primary_key=True, max_length=24)
    merchant_id = fields.CharField(max_length=24)
    payment_id = fields.CharField(max_length=24)
    sequence = fields.IntField()
    type = fields.CharField(max_length=40)
    body: Any = fields.JSONField()
    state = fields.CharField(max_length=12, db_default="ready", default="ready")
    attempts = fields.IntField(db_default=0, default=0)
    run_at = fields.DatetimeField()
    lease_until = fields.DatetimeField(null=True)
    last_error = fields.CharField(max_length=200, null=True)
    created_at = fields.DatetimeField()
    delivered_at = fields.DatetimeField(null=True)

    class Meta:
        table = "outbox_message"
        unique_together = (("payment_id", "sequence"),)
