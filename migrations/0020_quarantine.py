"""A quarantined webhook is one row with its cause, however often it arrives."""

from tortoise import fields
from tortoise.migrations import operations as ops

from payment_engine.db.migration import QuickMigration
from payment_engine.db.online_schema import limit_wait

_ADDED = {
    "fingerprint": fields.BinaryField(null=True),
    "cause": fields.CharField(max_length=32, null=True),
    "times": fields.IntField(db_default=1, default=1),
    "last_received_at": fields.DatetimeField(null=True),
}


class Migration(QuickMigration):
    dependencies = [("engine", "0019_voided_payments")]
    initial = False

    operations = [
        limit_wait(),
        *(ops.AddField(model_name="Quarantined", name=n, field=f) for n, f in _ADDED.items()),
    ]
