"""What each Idempotency-Key was used for, and the answer that it got."""

from tortoise import fields
from tortoise.models import Model


class IdempotencyKey(Model):
    """One intention of one caller. ``response`` is encrypted; it is missing while the request runs.

    ``resource_id`` is written with the intent, so that an answer can be made from what became of
    that row even when the process that claimed the key died.
    """

    id = fields.BigIntField(primary_key=True, generated=True)
    merchant_id = fields.CharField(max_length=24)
    key = fields.CharField(max_length=300)
    fingerprint = fields.BinaryField()
    resource_id = fields.CharField(max_length=24)
    status_code = fields.SmallIntField(null=True)
    response = fields.BinaryField(null=True)
    process_id = fields.CharField(max_length=24, null=True)
    """The process that works on it until the answer is there."""
    created_at = fields.DatetimeField(db_index=True)

    class Meta:
        table = "idempotency_key"
        unique_together = (("merchant_id", "key"),)
