"""An audit record has its number in the chain of its merchant; actions are listed without reads."""

from payment_engine.db.migration import QuickMigration
from payment_engine.db.online_schema import add_check, create_index

_CHAINED = "number IS NOT NULL AND previous IS NOT NULL AND hash IS NOT NULL"


class Migration(QuickMigration):
    dependencies = [("engine", "0038_audit_chain")]
    initial = False
    atomic = False

    operations = [
        *create_index("admin_action_by_number", "admin_action (merchant_id, number)", unique=True),
        *create_index("admin_action_by_kind", "admin_action (merchant_id, reading, id)"),
        *add_check("admin_action", "admin_action_is_chained", _CHAINED),
    ]
