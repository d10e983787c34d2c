"""Indexes for the gauges of monitoring: what is undecided, in review, unhandled, suspended or dead.

Each has only the few rows that it is about.
"""

from payment_engine.db.migration import QuickMigration
from payment_engine.db.online_schema import create_index

_ADDED = [
    ("refund_undecided", "refund (created_at, id) WHERE settled_at IS NULL"),
    ("refund_in_review", "refund (created_at, id) WHERE review IS NOT NULL"),
    ("inbox_unhandled", "inbox_notice (gateway, received_at) WHERE handled_at IS NULL"),
    ("job_suspended", "job (kind) WHERE held_at IS NOT NULL"),
    ("outbox_dead_by_merchant", "outbox_message (merchant_id, created_at) WHERE state = 'dead'"),
]


class Migration(QuickMigration):
    dependencies = [("engine", "0026_cvv_less")]
    initial = False
    atomic = False

    operations = [each for name, where in _ADDED for each in create_index(name, where)]
