"""An attempt knows the customer's device: what is suggested after a decline depends on it."""

from tortoise import fields
from tortoise.migrations import operations as ops

from payment_engine.db.migration import QuickMigration
from payment_engine.db.online_schema import limit_wait


class Migration(QuickMigration):
    dependencies = [("engine", "0024_records_that_leave")]
    initial = False

    operations = [
        limit_wait(),
        ops.AddField(
            model_name="Attempt",
            name="platform",
            field=fields.CharField(null=True, max_length=16),
        ),
    ]
