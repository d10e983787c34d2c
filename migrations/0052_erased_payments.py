"""When what is personal was taken out of a payment."""

from tortoise import fields
from tortoise.migrations import operations as ops

from payment_engine.db.migration import QuickMigration
from payment_engine.db.online_schema import limit_wait


class Migration(QuickMigration):
    dependencies = [("engine", "0051_unsent_refunds")]
    initial = False

    operations = [
        limit_wait(),
        ops.AddField(
            model_name="Payment",
            name="erased_at",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
    ]
