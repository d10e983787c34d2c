"""A payment is found by the ARN of its attempt."""

from payment_engine.db.migration import QuickMigration
from payment_engine.db.online_schema import create_index


class Migration(QuickMigration):
    dependencies = [("engine", "0028_attempt_arn")]
    initial = False
    atomic = False

    operations = [*create_index("attempt_by_arn", "attempt (arn) WHERE arn IS NOT NULL")]
