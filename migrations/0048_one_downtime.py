"""A bank, UPI app or wallet is down once at a time."""

from payment_engine.db.migration import QuickMigration
from payment_engine.db.online_schema import create_index


class Migration(QuickMigration):
    dependencies = [("engine", "0047_downtimes")]
    initial = False
    atomic = False

    operations = [
        *create_index(
            "downtime_one_open", "downtime (method, provider) WHERE ended_at IS NULL", unique=True
        ),
    ]
