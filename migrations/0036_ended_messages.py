"""Messages that had no address are deleted in time, as those that were delivered."""

from payment_engine.db.migration import QuickMigration
from payment_engine.db.online_schema import create_index, drop_index

_ENDED = "outbox_message (created_at) WHERE state IN ('delivered','undeliverable')"
_DELIVERED = "outbox_message (created_at) WHERE state = 'delivered'"


class Migration(QuickMigration):
    dependencies = [("engine", "0035_brands")]
    initial = False
    atomic = False

    operations = [
        *create_index("outbox_ended_by_time", _ENDED),
        *drop_index("outbox_delivered_by_time", _DELIVERED),
    ]
