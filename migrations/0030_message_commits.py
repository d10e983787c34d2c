"""A message knows the transaction that wrote it, the order in which the order service reads, and
its state has room for ``undeliverable``."""

from tortoise import fields
from tortoise.migrations import operations as ops

from payment_engine.db.migration import QuickMigration
from payment_engine.db.online_schema import limit_wait


class Migration(QuickMigration):
    dependencies = [("engine", "0029_attempt_by_arn")]
    initial = False

    operations = [
        limit_wait(),
        ops.AddField(
            model_name="OutboxMessage",
            name="transaction_id",
            field=fields.BigIntField(db_default=0, default=0),
        ),
        ops.AlterField(
            model_name="OutboxMessage",
            name="state",
            field=fields.CharField(default="ready", db_default="ready", max_length=16),
        ),
    ]
