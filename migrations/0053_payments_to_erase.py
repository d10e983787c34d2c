"""Payments that still have personal data are found by their age."""

from payment_engine.db.migration import QuickMigration
from payment_engine.db.online_schema import create_index


class Migration(QuickMigration):
    dependencies = [("engine", "0052_erased_payments")]
    initial = False
    atomic = False

    operations = [
        *create_index("payment_not_erased", "payment (created_at, id) WHERE erased_at IS NULL"),
    ]
