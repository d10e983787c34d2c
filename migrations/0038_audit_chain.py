"""Audit records are a chain for each merchant: every record has the hash of the one before and of
its own content. What there was is chained in the order of its time."""

from tortoise import fields
from tortoise.migrations import operations as ops
from tortoise.migrations.operations import RunSQL

from payment_engine.db.migration import QuickMigration
from payment_engine.db.online_schema import limit_wait

_ADDED = {
    "number": fields.BigIntField(null=True),
    "previous": fields.BinaryField(null=True),
    "hash": fields.BinaryField(null=True),
    "reading": fields.BooleanField(db_default=False, default=False),
}
_CHAINED = """
CREATE FUNCTION admin_action_is_chained() RETURNS trigger LANGUAGE plpgsql
SET TimeZone = 'UTC' SET bytea_output = 'hex' AS $$
DECLARE chain audit_chain;
BEGIN
  INSERT INTO audit_chain (merchant_id, number, hash, oldest, before)
    VALUES (NEW.merchant_id, 0, decode(repeat('00', 32), 'hex'), 1, decode(repeat('00', 32), 'hex'))
    ON CONFLICT DO NOTHING;
  SELECT * INTO chain FROM audit_chain WHERE merchant_id = NEW.merchant_id FOR UPDATE;
  NEW.number := chain.number + 1;
  NEW.previous := chain.hash;
  NEW.hash := NULL;
  NEW.hash := sha256(convert_to((SELECT jsonb_object_agg(key, value)::text
    FROM jsonb_each(to_jsonb(NEW)) WHERE value <> 'null'), 'UTF8'));
  UPDATE audit_chain SET number = NEW.number, hash = NEW.hash WHERE merchant_id = NEW.merchant_id;
  RETURN NEW;
END $$
"""
_LEAVES = """
CREATE FUNCTION admin_action_leaves() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE gone record;
BEGIN
  FOR gone IN SELECT merchant_id, min(number) AS first, max(number) AS last, count(*) AS count
    FROM deleted GROUP BY merchant_id ORDER BY merchant_id
  LOOP
    UPDATE audit_chain c SET oldest = gone.last + 1, before = d.hash FROM deleted d
      WHERE c.merchant_id = gone.merchant_id AND c.oldest = gone.first
        AND gone.count = gone.last - gone.first + 1
        AND d.merchant_id = gone.merchant_id AND d.number = gone.last;
    IF NOT FOUND THEN
      RAISE EXCEPTION 'only the oldest records of admin_action may leave'
        USING ERRCODE = 'restrict_violation';
    END IF;
  END LOOP;
  RETURN NULL;
END $$;
CREATE TRIGGER admin_action_leaves AFTER DELETE ON admin_action REFERENCING OLD TABLE AS deleted
  FOR EACH STATEMENT EXECUTE FUNCTION admin_action_leaves()
"""
_GUARD = """
CREATE FUNCTION audit_chain_follows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF pg_trigger_depth() < 2 THEN
    RAISE EXCEPTION 'audit_chain follows admin_action' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER audit_chain_follows BEFORE INSERT OR UPDATE OR DELETE ON audit_chain
  FOR EACH ROW EXECUTE FUNCTION audit_chain_follows()
"""
_NEVER_EMPTIED = """
CREATE FUNCTION is_never_emptied() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% only grows', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$
"""
_CHAIN_THE_OLD = """
ALTER TABLE admin_action DISABLE TRIGGER admin_action_only_grows;
DO $$
DECLARE
  old admin_action;
  last audit_chain;
BEGIN
  SET LOCAL TimeZone = 'UTC';
  SET LOCAL bytea_output = 'hex';
  FOR old IN SELECT * FROM admin_action ORDER BY merchant_id, at, id LOOP
    IF last.merchant_id IS DISTINCT FROM old.merchant_id THEN
      last := (old.merchant_id, 0, decode(repeat('00', 32), 'hex'), 1,
        decode(repeat('00', 32), 'hex'))::audit_chain;
      INSERT INTO audit_chain SELECT last.*;
    END IF;
    old.number := last.number + 1;
    old.previous := last.hash;
    old.hash := sha256(convert_to((SELECT jsonb_object_agg(key, value)::text
      FROM jsonb_each(to_jsonb(old)) WHERE value <> 'null'), 'UTF8'));
    UPDATE admin_action SET number = old.number, previous = old.previous, hash = old.hash
      WHERE id = old.id;
    last.number := old.number;
    last.hash := old.hash;
    UPDATE audit_chain SET number = last.number, hash = last.hash
      WHERE merchant_id = last.merchant_id;
  END LOOP;
END $$;
ALTER TABLE admin_action ENABLE TRIGGER admin_action_only_grows
"""
_ON_INSERT = """
CREATE TRIGGER admin_action_is_chained BEFORE INSERT ON admin_action
  FOR EACH ROW EXECUTE FUNCTION admin_action_is_chained()
"""


def _refuse_truncate(table: str) -> RunSQL:
    name = f"{table}_is_never_emptied"
    return RunSQL(
        f"CREATE TRIGGER {name} BEFORE TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION is_never_emptied()",
        f"DROP TRIGGER {name} ON {table}",
    )


def _drop(function: str, *tables: str) -> str:
    triggers = "".join(f"DROP TRIGGER {function} ON {table}; " for table in tables)
    return f"{triggers}DROP FUNCTION {function}()"


class Migration(QuickMigration):
    dependencies = [("engine", "0037_personal_keys")]
    initial = False

    operations = [
        limit_wait(),
        ops.CreateModel(
            name="AuditChain",
            fields=[
                (
                    "merchant_id",
                    fields.CharField(primary_key=True, unique=True, db_index=True, max_length=24),
                ),
                ("number", fields.BigIntField()),
                ("hash", fields.BinaryField()),
                ("oldest", fields.BigIntField()),
                ("before", fields.BinaryField()),
            ],
            options={
                "table": "audit_chain",
                "app": "engine",
                "pk_attr": "merchant_id",
                "table_description": "Where a merchant's chain of audit records begins and ends.",
            },
            bases=["Model"],
        ),
        *(ops.AddField(model_name="AdminAction", name=n, field=f) for n, f in _ADDED.items()),
        RunSQL(_CHAINED, _drop("admin_action_is_chained")),
        RunSQL(_CHAIN_THE_OLD, RunSQL.noop),
        RunSQL(_ON_INSERT, "DROP TRIGGER admin_action_is_chained ON admin_action"),
        RunSQL(_LEAVES, _drop("admin_action_leaves", "admin_action")),
        RunSQL(_GUARD, _drop("audit_chain_follows", "audit_chain")),
        RunSQL(_NEVER_EMPTIED, _drop("is_never_emptied")),
        *(_refuse_truncate(table) for table in ("admin_action", "audit_chain", "consent")),
    ]
