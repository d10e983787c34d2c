"""Consents are found by the attempt that they were given with; and old consents and audit records
may be deleted by the role ``payment_engine_retention``, by nobody else."""

from tortoise.migrations.operations import RunSQL

from payment_engine.db.migration import QuickMigration
from payment_engine.db.online_schema import create_index

_FORGETTING = """
  IF TG_OP = 'UPDATE' AND NEW.circumstances IS NULL
     AND to_jsonb(NEW) - 'circumstances' = to_jsonb(OLD) - 'circumstances' THEN RETURN NEW;
  END IF;
"""
_LEAVING = """
  IF TG_OP = 'DELETE' AND current_user = 'payment_engine_retention' THEN RETURN OLD; END IF;
"""
_GROWING = {"consent": _FORGETTING, "admin_action": ""}


def _function(table: str, unless: str) -> str:
    return f"""
    CREATE OR REPLACE FUNCTION {table}_is_history() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      {unless}
      RAISE EXCEPTION '{table} only grows' USING ERRCODE = 'restrict_violation';
    END $$
    """


class Migration(QuickMigration):
    dependencies = [("engine", "0023_rate_counts")]
    initial = False
    atomic = False

    operations = [
        *create_index("consent_by_subject", "consent (subject) WHERE subject IS NOT NULL"),
        *(
            RunSQL(_function(table, unless + _LEAVING), _function(table, unless))
            for table, unless in _GROWING.items()
        ),
    ]
