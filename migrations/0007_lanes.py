"""Jobs know the gateway they call, captures their amount; old rows are found by their time."""

from tortoise import fields
from tortoise.migrations import operations as ops

from payment_engine.db.migration import QuickMigration

_INDEXES = [
    ("inbox_by_time", "inbox_notice (received_at)"),
    ("outbox_by_time", "outbox_message (created_at)"),
    ("attempt_by_state", "attempt (status, created_at)"),
]
_CAPTURE = "amount_to_capture BETWEEN 1 AND amount"


class Migration(QuickMigration):
    dependencies = [("engine", "0006_customers")]
    initial = False

    operations = [
        ops.AddField(
            model_name="Job",
            name="gateway",
            field=fields.CharField(null=True, max_length=32),
        ),
        ops.AddField(
            model_name="Attempt",
            name="amount_to_capture",
            field=fields.BigIntField(null=True),
        ),
        ops.RunSQL(
            f"ALTER TABLE attempt ADD CONSTRAINT attempt_capture_range CHECK ({_CAPTURE})",
            "ALTER TABLE attempt DROP CONSTRAINT attempt_capture_range",
        ),
        *(
            ops.RunSQL(f"CREATE INDEX {name} ON {where}", f"DROP INDEX {name}")
            for name, where in _INDEXES
        ),
    ]
