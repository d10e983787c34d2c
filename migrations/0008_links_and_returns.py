"""A wallet's link may be good for one payment alone; customers come back to the hosted checkout."""

from tortoise import fields
from tortoise.migrations import operations as ops

from payment_engine.db.migration import QuickMigration


class Migration(QuickMigration):
    dependencies = [("engine", "0007_lanes")]
    initial = False

    operations = [
        ops.AddField(
            model_name="LinkedWallet",
            name="payment_id",
            field=fields.CharField(null=True, max_length=24),
        ),
        ops.AddField(
            model_name="Attempt",
            name="hosted",
            field=fields.BooleanField(default=False, db_default=False),
        ),
    ]
