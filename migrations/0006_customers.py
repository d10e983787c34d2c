"""What customers' ways of paying add to merchants and attempts."""

from tortoise import fields
from tortoise.migrations import operations as ops

from payment_engine.db.migration import QuickMigration


class Migration(QuickMigration):
    dependencies = [("engine", "0005_instrument_rules")]

    initial = False

    operations = [
        ops.AddField(
            model_name="Attempt",
            name="choice",
            field=fields.CharField(null=True, max_length=32),
        ),
        ops.AddField(
            model_name="Attempt",
            name="payer",
            field=fields.BinaryField(null=True),
        ),
        ops.AddField(
            model_name="Merchant",
            name="mcc",
            field=fields.CharField(default="5912", db_default="5912", max_length=4),
        ),
        ops.AddField(
            model_name="Merchant",
            name="upi_verified",
            field=fields.BooleanField(default=False, db_default=False),
        ),
    ]
