"""Indexes for what is queried, and none on what moves: most changes of a row touch no index.

``closing`` is set exactly while a payment is cancelled or expired, ``settled_at`` once an attempt
has a final status: with them in place of ``status``, a change of status is no change of an index.
"""

from payment_engine.db.migration import QuickMigration
from payment_engine.db.online_schema import add_check, create_index, drop_index, leave_room

_ENDED = "CASE WHEN status IN ('cancelled','expired') THEN status END"
_OTHER_JOBS = "held_at IS NULL AND kind <> 'handle_notice'"

_ADDED = [
    ("job_due_by_queue", f"job (coalesce(gateway, ''), run_at) WHERE {_OTHER_JOBS}"),
    ("job_due_webhooks", "job (run_at) WHERE held_at IS NULL AND kind = 'handle_notice'"),
    ("outbox_due_by_merchant", "outbox_message (merchant_id, run_at, id) WHERE state = 'ready'"),
    ("outbox_delivered_by_time", "outbox_message (created_at) WHERE state = 'delivered'"),
    ("inbox_handled_by_time", "inbox_notice (received_at) WHERE handled_at IS NOT NULL"),
    ("attempt_not_settled", "attempt (created_at, id) WHERE settled_at IS NULL"),
    ("attempt_in_review", "attempt (created_at, id) WHERE review IS NOT NULL"),
    ("attempt_by_time", "attempt (created_at, id)"),
]
_DROPPED = [
    ("job_due", "job (run_at) WHERE held_at IS NULL"),
    ("job_due_by_gateway", "job (gateway, run_at) WHERE held_at IS NULL"),
    ("outbox_due", "outbox_message (run_at, id) WHERE state = 'ready'"),
    ("outbox_waiting", "outbox_message (payment_id, sequence) WHERE state = 'ready'"),
    ("outbox_ready_by_merchant", "outbox_message (merchant_id, run_at) WHERE state = 'ready'"),
    ("outbox_by_time", "outbox_message (created_at)"),
    ("inbox_by_time", "inbox_notice (received_at)"),
    ("attempt_by_state", "attempt (status, created_at)"),
    ("attempt_unsettled", "attempt (created_at) WHERE status IN ('created','pending')"),
]
_ROOM = {"payment": 80, "attempt": 80, "refund": 85, "outbox_message": 85, "job": 70}


class Migration(QuickMigration):
    dependencies = [("engine", "0012_streams")]
    initial = False
    atomic = False

    operations = [
        *add_check(
            "payment", "payment_status_as_closing", f"closing IS NOT DISTINCT FROM {_ENDED}"
        ),
        *create_index(
            "payment_one_open_per_order",
            "payment (merchant_id, order_id) WHERE closing IS NULL",
            unique=True,
        ),
        *drop_index(
            "payment_one_current_per_order",
            "payment (merchant_id, order_id) WHERE status NOT IN ('cancelled','expired')",
            unique=True,
        ),
        *(each for name, where in _ADDED for each in create_index(name, where)),
        *(each for name, where in _DROPPED for each in drop_index(name, where)),
        *(each for table, percent in _ROOM.items() for each in leave_room(table, percent)),
    ]
