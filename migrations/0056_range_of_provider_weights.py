"""Weights for a provider are in the range of those for a route."""

from payment_engine.db.migration import QuickMigration
from payment_engine.db.online_schema import add_check


class Migration(QuickMigration):
    dependencies = [("engine", "0055_provider_weights")]
    initial = False
    atomic = False

    operations = [
        *add_check("provider_weight", "provider_weight_range", "weight BETWEEN 0 AND 1000"),
    ]
