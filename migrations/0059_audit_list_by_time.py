"""The audit log is listed by time, without the readings of personal data or with these alone."""

from payment_engine.db.migration import QuickMigration
from payment_engine.db.online_schema import create_index, drop_index


class Migration(QuickMigration):
    dependencies = [("engine", "0058_customer_banners")]
    initial = False
    atomic = False

    operations = [
        *create_index("admin_action_listed", "admin_action (merchant_id, reading, at, id)"),
        *drop_index("admin_action_by_kind", "admin_action (merchant_id, reading, id)"),
    ]
