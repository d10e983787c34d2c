"""Due jobs are found by gateway and due messages by merchant, past the backlog of any other."""

from tortoise.migrations import operations as ops

from payment_engine.db.migration import QuickMigration

_INDEXES = [
    ("job_due_by_gateway", "job (gateway, run_at) WHERE held_at IS NULL"),
    ("outbox_ready_by_merchant", "outbox_message (merchant_id, run_at) WHERE state = 'ready'"),
]


class Migration(QuickMigration):
    dependencies = [("engine", "0011_revisions")]
    initial = False

    operations = [
        ops.RunSQL(f"CREATE INDEX {name} ON {where}", f"DROP INDEX {name}")
        for name, where in _INDEXES
    ]
