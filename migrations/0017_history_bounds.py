"""What the history so far needs to become the first of its monthly tables: a bound in time, and
unique indexes that have the time in them. Writes go on meanwhile."""

from tortoise.migrations.operations import RunSQL

from payment_engine.db.migration import QuickMigration
from payment_engine.db.online_schema import create_index

_BOUND = """
DO $$
DECLARE last timestamptz := greatest(now(), (SELECT max(at) FROM payment_event));
BEGIN
  SET LOCAL lock_timeout = '3s';
  ALTER TABLE payment_event DROP CONSTRAINT IF EXISTS payment_event_before;
  EXECUTE format('ALTER TABLE payment_event ADD CONSTRAINT payment_event_before CHECK (at < %L) NOT VALID',
    (date_trunc('month', last AT TIME ZONE 'UTC') + interval '2 months') AT TIME ZONE 'UTC');
END $$
"""


class Migration(QuickMigration):
    dependencies = [("engine", "0016_checks")]
    initial = False
    atomic = False

    operations = [
        RunSQL(_BOUND, "ALTER TABLE payment_event DROP CONSTRAINT payment_event_before"),
        RunSQL("ALTER TABLE payment_event VALIDATE CONSTRAINT payment_event_before", RunSQL.noop),
        *create_index("payment_event_before_pkey", "payment_event (id, at)", unique=True),
        *create_index(
            "payment_event_before_by_change",
            "payment_event (change_id, at) WHERE change_id IS NOT NULL",
            unique=True,
        ),
    ]
