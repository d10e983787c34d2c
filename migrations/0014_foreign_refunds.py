"""Refunds that a gateway made without us have rows too, each under the gateway's own reference."""

from tortoise import fields
from tortoise.migrations import operations as ops

from payment_engine.db.migration import QuickMigration
from payment_engine.db.online_schema import limit_wait


class Migration(QuickMigration):
    dependencies = [("engine", "0013_indexes")]
    initial = False

    operations = [
        limit_wait(),
        ops.AddField(
            model_name="Refund",
            name="foreign_ref",
            field=fields.CharField(null=True, max_length=128),
        ),
    ]
