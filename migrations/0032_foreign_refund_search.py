"""An index for the references that gateways give to refunds of their own."""

from payment_engine.db.migration import QuickMigration
from payment_engine.db.online_schema import create_index


class Migration(QuickMigration):
    dependencies = [("engine", "0031_message_lists")]
    initial = False
    atomic = False

    operations = create_index(
        "refund_by_foreign_ref", "refund (foreign_ref) WHERE foreign_ref IS NOT NULL"
    )
