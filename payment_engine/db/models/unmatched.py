"""What gateways report of charges and refunds that we do not know."""

from tortoise import fields
from tortoise.models import Model


class UnmatchedReport(Model):
    """A charge or refund of which a verified webhook tells and that is in no table of ours: of
    another system at the same account, or lost with a database that was restored to an earlier
    moment. One row for each, however often it is reported; ``status`` is the last.
    """

    id = fields.CharField(primary_key=True, max_length=24)
    gateway = fields.CharField(max_length=32)
    kind = fields.CharField(max_length=8)
    reference = fields.CharField(max_length=64)
    charge_reference = fields.CharField(max_length=64, null=True)
    gateway_payment_id = fields.CharField(max_length=64, null=True)
    amount = fields.BigIntField(null=True)
    currency = fields.CharField(max_length=3, null=True)
    status = fields.CharField(max_length=16)
    gateway_status = fields.CharField(max_length=64)
    times = fields.IntField(db_default=1, default=1)
    first_reported_at = fields.DatetimeField()
    last_reported_at = fields.DatetimeField()
    payment_id = fields.CharField(max_length=24, null=True)
    """The payment that an operator matched it to."""
    matched_at = fields.DatetimeField(null=True)

    class Meta:
        table = "unmatched_report"
        unique_together = (("gateway", "kind", "reference"),)
