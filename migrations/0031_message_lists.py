"""Messages in the order of their commits, those never delivered, and payments by time; a message
without an address is undeliverable."""

from payment_engine.db.migration import QuickMigration
from payment_engine.db.online_schema import change_check, create_index

_STATES = "state IN ('ready','delivered','dead','undeliverable')"
_BEFORE = "state IN ('ready','delivered','dead')"
_ORDER = "outbox_message (merchant_id, transaction_id, payment_id, sequence)"


class Migration(QuickMigration):
    dependencies = [("engine", "0030_message_commits")]
    initial = False
    atomic = False

    operations = [
        *change_check("outbox_message", "outbox_state_known", _STATES, _BEFORE),
        *create_index("outbox_in_order", _ORDER),
        *create_index("outbox_failed", f"{_ORDER} WHERE state IN ('dead','undeliverable')"),
        *create_index("payment_by_time", "payment (merchant_id, created_at, id)"),
    ]
