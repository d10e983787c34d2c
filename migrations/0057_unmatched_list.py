"""Charges and refunds that we do not know are listed by when they were first reported."""

from payment_engine.db.migration import QuickMigration
from payment_engine.db.online_schema import create_index

_BY_TIME = "unmatched_report (first_reported_at, id)"


class Migration(QuickMigration):
    dependencies = [("engine", "0056_range_of_provider_weights")]
    initial = False
    atomic = False

    operations = [
        *create_index("unmatched_open", f"{_BY_TIME} WHERE matched_at IS NULL"),
        *create_index("unmatched_by_time", _BY_TIME),
    ]
