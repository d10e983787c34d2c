"""The rules the database itself holds: what must not be cannot be stored."""

from tortoise.migrations import operations as ops

from payment_engine.db.migration import QuickMigration

_MAX = 1_000_000_000_00

_CHECKS = [
    ("payment", "payment_amount_range", f"amount BETWEEN 100 AND {_MAX}"),
    ("payment", "payment_currency_inr", "currency = 'INR'"),
    (
        "payment",
        "payment_status_known",
        "status IN ('open','pending','authorized','paid','cancelled','expired')",
    ),
    ("payment", "payment_capture_known", "capture IN ('automatic','manual')"),
    ("payment", "payment_closing_known", "closing IN ('cancelled','expired')"),
    ("payment", "payment_closing_has_time", "(closing IS NULL) = (closed_at IS NULL)"),
    (
        "payment",
        "payment_amounts_not_negative",
        "amount_authorized >= 0 AND amount_captured >= 0 AND amount_refunded >= 0",
    ),
    ("payment", "payment_expires_after_creation", "expires_at > created_at"),
    ("attempt", "attempt_amount_range", f"amount BETWEEN 100 AND {_MAX}"),
    ("attempt", "attempt_currency_inr", "currency = 'INR'"),
    (
        "attempt",
        "attempt_status_known",
        "status IN ('created','pending','authorized','captured','failed','voided')",
    ),
    (
        "attempt",
        "attempt_amounts_not_negative",
        "amount_authorized >= 0 AND amount_captured >= 0 AND amount_refund_reserved >= 0 AND amount_refunded >= 0",
    ),
    ("attempt", "attempt_captured_within_amount", "amount_captured <= amount"),
    ("attempt", "attempt_captured_has_money", "(status = 'captured') = (amount_captured > 0)"),
    ("attempt", "attempt_refunds_within_captured", "amount_refund_reserved <= amount_captured"),
    (
        "attempt",
        "attempt_elected_has_success",
        "NOT elected OR status IN ('authorized','captured')",
    ),
    ("attempt", "attempt_elected_without_conflict", "NOT (elected AND conflict IS NOT NULL)"),
    ("refund", "refund_amount_positive", "amount > 0"),
    (
        "refund",
        "refund_status_known",
        "status IN ('created','pending','succeeded','failed','manual_review')",
    ),
    ("outbox_message", "outbox_state_known", "state IN ('ready','delivered','dead')"),
    (
        "outbox_message",
        "outbox_delivered_has_time",
        "(state = 'delivered') = (delivered_at IS NOT NULL)",
    ),
    ("idempotency_key", "idempotency_answer_whole", "(response IS NULL) = (status_code IS NULL)"),
]

_INDEXES = [
    (
        "payment_one_current_per_order",
        "UNIQUE",
        "payment (merchant_id, order_id) WHERE status NOT IN ('cancelled','expired')",
    ),
    ("payment_by_order", "", "payment (merchant_id, order_id, created_at)"),
    ("attempt_one_elected", "UNIQUE", "attempt (payment_id) WHERE elected"),
    ("attempt_one_live", "UNIQUE", "attempt (payment_id) WHERE live"),
    ("refund_one_automatic", "UNIQUE", "refund (attempt_id) WHERE automatic"),
    ("job_due", "", "job (run_at) WHERE held_at IS NULL"),
    ("outbox_due", "", "outbox_message (run_at, id) WHERE state = 'ready'"),
    ("outbox_waiting", "", "outbox_message (payment_id, sequence) WHERE state = 'ready'"),
]

_APPEND_ONLY = """
CREATE FUNCTION payment_event_is_history() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'payment_event only grows' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER payment_event_only_grows BEFORE UPDATE OR DELETE ON payment_event
  FOR EACH ROW EXECUTE FUNCTION payment_event_is_history();
"""
_APPEND_ONLY_REVERSE = """
DROP TRIGGER payment_event_only_grows ON payment_event;
DROP FUNCTION payment_event_is_history();
"""


class Migration(QuickMigration):
    dependencies = [("engine", "0001_tables")]
    initial = False

    operations = [
        *(
            ops.RunSQL(
                f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({rule})",
                f"ALTER TABLE {table} DROP CONSTRAINT {name}",
            )
            for table, name, rule in _CHECKS
        ),
        *(
            ops.RunSQL(f"CREATE {kind} INDEX {name} ON {where}", f"DROP INDEX {name}")
            for name, kind, where in _INDEXES
        ),
        ops.RunSQL(_APPEND_ONLY, _APPEND_ONLY_REVERSE),
    ]
