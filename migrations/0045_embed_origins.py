"""A merchant has the origins of its pages that may show the checkout in themselves."""

from tortoise import fields
from tortoise.migrations import operations as ops

from payment_engine.db.migration import QuickMigration
from payment_engine.db.online_schema import limit_wait


class Migration(QuickMigration):
    dependencies = [("engine", "0044_messages_of_older_releases")]
    initial = False

    operations = [
        limit_wait(),
        ops.AddField(
            model_name="Merchant", name="embed_origins", field=fields.TextField(null=True)
        ),
    ]
