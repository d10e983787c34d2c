"""A webhook that arrives again is found by its fingerprint."""

from payment_engine.db.migration import QuickMigration
from payment_engine.db.online_schema import create_index


class Migration(QuickMigration):
    dependencies = [("engine", "0020_quarantine")]
    initial = False
    atomic = False

    operations = create_index("quarantined_once", "quarantined (gateway, fingerprint)", unique=True)
