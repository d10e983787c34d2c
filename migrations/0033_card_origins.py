"""An attempt by card knows where it came from, by which declined cards are counted together."""

from tortoise import fields
from tortoise.migrations import operations as ops

from payment_engine.db.migration import QuickMigration
from payment_engine.db.online_schema import limit_wait


class Migration(QuickMigration):
    dependencies = [("engine", "0032_foreign_refund_search")]
    initial = False

    operations = [
        limit_wait(),
        ops.AddField(
            model_name="Attempt",
            name="address_hash",
            field=fields.BinaryField(null=True),
        ),
        ops.AddField(
            model_name="Attempt",
            name="bin_hash",
            field=fields.BinaryField(null=True),
        ),
        ops.AddField(
            model_name="Attempt",
            name="declined_at",
            field=fields.DatetimeField(null=True),
        ),
    ]
