"""How often a pending UPI charge was checked is counted in its attempt."""

from tortoise import fields
from tortoise.migrations import operations as ops

from payment_engine.db.migration import QuickMigration
from payment_engine.db.online_schema import limit_wait


class Migration(QuickMigration):
    dependencies = [("engine", "0015_one_row_per_foreign_refund")]
    initial = False

    operations = [
        limit_wait(),
        ops.AddField(
            model_name="Attempt",
            name="checks",
            field=fields.SmallIntField(db_default=0, default=0),
        ),
        ops.AddField(
            model_name="Attempt",
            name="checked_at",
            field=fields.DatetimeField(null=True),
        ),
    ]
