"""A message of a release that knows no transaction ids has its own all the same: with 0 it would be
written before the cursors of order services that have read on, and never be listed to them."""

from tortoise.migrations import operations as ops

from payment_engine.db.migration import QuickMigration
from payment_engine.db.online_schema import limit_wait


class Migration(QuickMigration):
    dependencies = [("engine", "0043_routes_for_a_time")]
    initial = False

    operations = [
        limit_wait(),
        ops.RunSQL(
            "ALTER TABLE outbox_message ALTER COLUMN transaction_id "
            "SET DEFAULT pg_current_xact_id()::text::bigint",
            "ALTER TABLE outbox_message ALTER COLUMN transaction_id SET DEFAULT 0",
        ),
    ]
