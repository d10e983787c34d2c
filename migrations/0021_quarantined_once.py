"""A webhook that arrives again is found by its fingerprint."""

from tortoise import migrations

from payment_engine.db.online_schema import create_index


class Migration(migrations.Migration):
    dependencies = [("engine", "0020_quarantine")]
    initial = False
    atomic = False

    operations = create_index("quarantined_once", "quarantined (gateway, fingerprint)", unique=True)
