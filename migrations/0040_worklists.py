"""Indexes of the lists of people on call: in the order in which they are read, page by page.

Those of what waits have nothing else; refunds are few beside payments.
"""

from payment_engine.db.migration import QuickMigration
from payment_engine.db.online_schema import create_index, drop_index

_FAILED = "state IN ('dead','undeliverable')"
_ADDED = (
    ("attempt_in_conflict", "attempt (created_at, id) WHERE conflict IS NOT NULL"),
    ("refund_by_time", "refund (created_at, id)"),
    ("outbox_failed_by_time", f"outbox_message (merchant_id, created_at, id) WHERE {_FAILED}"),
    ("inbox_unhandled_by_time", "inbox_notice (received_at, id) WHERE handled_at IS NULL"),
    ("job_suspended_by_time", "job (held_at, id) WHERE held_at IS NOT NULL"),
    ("quarantined_by_time", "quarantined (received_at, id)"),
)
_DROPPED = (
    ("outbox_dead_by_merchant", "outbox_message (merchant_id, created_at) WHERE state = 'dead'"),
    ("inbox_unhandled", "inbox_notice (gateway, received_at) WHERE handled_at IS NULL"),
    ("job_suspended", "job (kind) WHERE held_at IS NOT NULL"),
)


class Migration(QuickMigration):
    dependencies = [("engine", "0039_audit_numbers")]
    initial = False
    atomic = False

    operations = [
        *(each for name, where in _ADDED for each in create_index(name, where)),
        *(each for name, where in _DROPPED for each in drop_index(name, where)),
    ]
