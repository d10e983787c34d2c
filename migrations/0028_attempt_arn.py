"""An attempt has its ARN, by which the customer's bank finds a card payment."""

from tortoise import fields
from tortoise.migrations import operations as ops

from payment_engine.db.migration import QuickMigration
from payment_engine.db.online_schema import limit_wait


class Migration(QuickMigration):
    dependencies = [("engine", "0027_signals")]
    initial = False

    operations = [
        limit_wait(),
        ops.AddField(
            model_name="Attempt",
            name="arn",
            field=fields.CharField(null=True, max_length=64),
        ),
    ]
