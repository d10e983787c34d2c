"""Refunds above a limit wait for a second person."""

from tortoise import fields
from tortoise.migrations import operations as ops

from payment_engine.db.migration import QuickMigration
from payment_engine.db.online_schema import limit_wait


class Migration(QuickMigration):
    dependencies = [("engine", "0049_paused_jobs")]
    initial = False

    operations = [
        limit_wait(),
        ops.AddField(
            model_name="Refund",
            name="requested_by",
            field=fields.CharField(null=True, max_length=64),
        ),
        ops.AddField(
            model_name="Refund",
            name="approved_at",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
    ]
