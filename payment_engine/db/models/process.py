"""The running processes: which one works on what, and which have died."""

from tortoise import fields
from tortoise.models import Model


class Process(Model):
    """An API or worker process. Its heartbeat is the database's time, so that clocks agree."""

    id = fields.CharField(primary_key=True, max_length=24)
    role = fields.CharField(max_length=12)
    started_at = fields.DatetimeField()
    heartbeat_at = fields.DatetimeField(db_index=True)
    stopped_at = fields.DatetimeField(null=True)

    class Meta:
        table = "process"
