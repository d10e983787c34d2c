"""A refund that a gateway made without us has one row."""

from payment_engine.db.migration import QuickMigration
from payment_engine.db.online_schema import create_index


class Migration(QuickMigration):
    dependencies = [("engine", "0014_foreign_refunds")]
    initial = False
    atomic = False

    operations = create_index(
        "refund_one_per_foreign_ref",
        "refund (attempt_id, foreign_ref) WHERE foreign_ref IS NOT NULL",
        unique=True,
    )
