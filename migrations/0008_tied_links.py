"""A wallet's link may be good for one payment alone."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("engine", "0007_lanes")]
    initial = False

    operations = [
        ops.AddField(
            model_name="LinkedWallet",
            name="payment_id",
            field=fields.CharField(null=True, max_length=24),
        ),
    ]
