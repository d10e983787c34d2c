"""Work to be done later, claimed by any worker under a lease."""

from tortoise import fields
from tortoise.models import Model


class Job(Model):
    """One piece of work on one subject; deleted when done, suspended when it keeps failing."""

    id = fields.BigIntField(primary_key=True, generated=True)
    kind = fields.CharField(max_length=24)
    subject = fields.CharField(max_length=24)
    gateway = fields.CharField(max_length=32, null=True)
    """Which gateway the work calls, so that a slow one delays its own jobs only."""
    run_at = fields.DatetimeField()
    attempts = fields.IntField(db_default=0, default=0)
    lease_until = fields.DatetimeField(null=True)
    suspended_at = fields.DatetimeField(null=True, source_field="held_at")
    last_error = fields.CharField(max_length=200, null=True)
    created_at = fields.DatetimeField()

    class Meta:
        table = "job"
        unique_together = (("kind", "subject"),)


class PausedJobKind(Model):
    """A kind of jobs that workers leave alone until a time, as people on call decided."""

    kind = fields.CharField(primary_key=True, max_length=24)
    until = fields.DatetimeField()
    reason = fields.CharField(max_length=200)
    changed_by = fields.CharField(max_length=64, null=True)
    changed_at = fields.DatetimeField()

    class Meta:
        table = "paused_job_kind"
