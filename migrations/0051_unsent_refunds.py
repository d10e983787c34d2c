"""What a refund may be that its gateway was never sent."""

from payment_engine.db.migration import QuickMigration
from payment_engine.db.online_schema import add_check, change_check

_BEFORE = "'created','pending','succeeded','failed','manual_review'"


class Migration(QuickMigration):
    dependencies = [("engine", "0050_refunds_to_approve")]
    initial = False
    atomic = False

    operations = [
        *change_check(
            "refund",
            "refund_status_known",
            f"status IN ({_BEFORE},'needs_approval','rejected')",
            f"status IN ({_BEFORE})",
        ),
        *add_check(
            "refund",
            "refund_not_sent_is_unknown_there",
            "status NOT IN ('needs_approval','rejected') "
            "OR (gateway_refund_id IS NULL AND approved_at IS NULL)",
        ),
    ]
