"""A saved card knows whether its gateway takes it without the CVV."""

from tortoise import fields
from tortoise.migrations import operations as ops

from payment_engine.db.migration import QuickMigration
from payment_engine.db.online_schema import limit_wait


class Migration(QuickMigration):
    dependencies = [("engine", "0025_platforms")]
    initial = False

    operations = [
        limit_wait(),
        ops.AddField(
            model_name="SavedCard",
            name="cvv_less",
            field=fields.BooleanField(null=True),
        ),
    ]
