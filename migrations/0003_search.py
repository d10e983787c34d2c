"""Indexes for the numbers that people on call search by."""

from tortoise.migrations import operations as ops

from payment_engine.db.migration import QuickMigration

_INDEXES = [
    ("attempt_by_gateway_payment", "attempt (gateway_payment_id)", "gateway_payment_id"),
    ("attempt_by_rrn", "attempt (rrn)", "rrn"),
    ("refund_by_gateway_refund", "refund (gateway_refund_id)", "gateway_refund_id"),
    ("refund_by_arn", "refund (arn)", "arn"),
    ("refund_by_rrn", "refund (rrn)", "rrn"),
]


class Migration(QuickMigration):
    dependencies = [("engine", "0002_rules")]
    initial = False

    operations = [
        ops.RunSQL(
            f"CREATE INDEX {name} ON {place} WHERE {column} IS NOT NULL", f"DROP INDEX {name}"
        )
        for name, place, column in _INDEXES
    ]
