"""What remains of deleted cards and of wallets that are no longer linked is found by its age."""

from payment_engine.db.migration import QuickMigration
from payment_engine.db.online_schema import create_index


class Migration(QuickMigration):
    dependencies = [("engine", "0053_payments_to_erase")]
    initial = False
    atomic = False

    operations = [
        *create_index("card_token_deleted", "card_token (checked_at) WHERE state = 'deleted'"),
        *create_index("saved_card_deleted", "saved_card (ended_at) WHERE state = 'deleted'"),
        *create_index(
            "linked_wallet_ended",
            "linked_wallet (ended_at) WHERE state NOT IN ('started','linked')",
        ),
    ]
