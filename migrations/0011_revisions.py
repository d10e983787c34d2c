"""Commits guarded by revision, found again by their own id, and done by processes that are known."""

from orjson import loads
from tortoise import fields
from tortoise.fields.data import JSON_DUMPS
from tortoise.migrations import operations as ops

from payment_engine.db.migration import QuickMigration

_GUARD = """
CREATE FUNCTION payment_revision_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.revision <> OLD.revision + 1 THEN
    RAISE EXCEPTION 'an update of payment must move its revision by one: stop every process of the older release'
      USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER payment_revision_moves BEFORE UPDATE ON payment
  FOR EACH ROW EXECUTE FUNCTION payment_revision_moves();
"""
_GUARD_REVERSE = """
DROP TRIGGER payment_revision_moves ON payment;
DROP FUNCTION payment_revision_moves();
"""
_BY_CHANGE = (
    "CREATE UNIQUE INDEX payment_event_by_change ON payment_event (change_id) "
    "WHERE change_id IS NOT NULL"
)


class Migration(QuickMigration):
    dependencies = [("engine", "0010_names")]
    initial = False

    operations = [
        ops.CreateModel(
            name="Process",
            fields=[
                (
                    "id",
                    fields.CharField(primary_key=True, unique=True, db_index=True, max_length=24),
                ),
                ("role", fields.CharField(max_length=12)),
                ("started_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                (
                    "heartbeat_at",
                    fields.DatetimeField(db_index=True, auto_now=False, auto_now_add=False),
                ),
                ("stopped_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "process",
                "app": "engine",
                "pk_attr": "id",
                "table_description": "An API or worker process. Its heartbeat is the database's time, so that clocks agree.",
            },
            bases=["Model"],
        ),
        ops.AddField(
            model_name="Payment",
            name="revision",
            field=fields.BigIntField(default=1, db_default=1),
        ),
        ops.AddField(
            model_name="PaymentEvent",
            name="change_id",
            field=fields.CharField(null=True, max_length=24),
        ),
        ops.AddField(
            model_name="PaymentEvent",
            name="changes",
            field=fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads),
        ),
        ops.AddField(
            model_name="IdempotencyKey",
            name="process_id",
            field=fields.CharField(null=True, max_length=24),
        ),
        ops.AddField(
            model_name="CustomerConfig",
            name="usage_revision",
            field=fields.IntField(default=1, db_default=1),
        ),
        ops.RunSQL(_BY_CHANGE, "DROP INDEX payment_event_by_change"),
        ops.RunSQL(_GUARD, _GUARD_REVERSE),
    ]
