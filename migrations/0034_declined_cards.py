"""Declined cards are counted by network address and by their first digits."""

from payment_engine.db.migration import QuickMigration
from payment_engine.db.online_schema import create_index


def _declined_by(column: str) -> str:
    return f"attempt ({column}, declined_at) WHERE declined_at IS NOT NULL AND {column} IS NOT NULL"


class Migration(QuickMigration):
    dependencies = [("engine", "0033_card_origins")]
    initial = False
    atomic = False

    operations = [
        *create_index("attempt_declined_by_address", _declined_by("address_hash")),
        *create_index("attempt_declined_by_bin", _declined_by("bin_hash")),
    ]
