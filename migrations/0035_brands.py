"""A merchant has what its customers know it by: logo, colour and where to ask."""

from tortoise import fields
from tortoise.migrations import operations as ops

from payment_engine.db.migration import QuickMigration
from payment_engine.db.online_schema import limit_wait

_ADDED = {
    "logo": fields.TextField(null=True),
    "colour": fields.CharField(null=True, max_length=7),
    "support_email": fields.CharField(null=True, max_length=254),
    "support_phone": fields.CharField(null=True, max_length=20),
    "support_url": fields.TextField(null=True),
}


class Migration(QuickMigration):
    dependencies = [("engine", "0034_declined_cards")]
    initial = False

    operations = [
        limit_wait(),
        *(ops.AddField(model_name="Merchant", name=n, field=f) for n, f in _ADDED.items()),
    ]
