"""A merchant's secret for messages is its own; what is sealed can be sealed again by a newer key.

What is sealed anew leaves the rest of its row as it is: a payment's revision, and what a consent says.
"""

from tortoise import fields
from tortoise.migrations import operations as ops

from payment_engine.db.migration import QuickMigration
from payment_engine.db.online_schema import limit_wait

_ADDED = {
    "notify_sealed": fields.BinaryField(null=True),
    "former_notify_sealed": fields.BinaryField(null=True),
    "former_notify_until": fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
}
_REVISION = """
CREATE OR REPLACE FUNCTION payment_revision_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.revision <> OLD.revision + 1 THEN
    {unless}
    RAISE EXCEPTION 'an update of payment must move its revision by one: stop every process of the older release'
      USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$
"""
_RESEALED_PAYMENT = """
    IF to_jsonb(NEW) - '{customer,phone_hash}'::text[] = to_jsonb(OLD) - '{customer,phone_hash}'::text[]
      AND substr(NEW.customer, 1, 4) <> substr(OLD.customer, 1, 4) THEN RETURN NEW;
    END IF;
"""
_CONSENT = """
CREATE OR REPLACE FUNCTION consent_is_history() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND ({allowed})
     AND to_jsonb(NEW) - 'circumstances' = to_jsonb(OLD) - 'circumstances' THEN RETURN NEW;
  END IF;
  IF TG_OP = 'DELETE' AND current_user = 'payment_engine_retention' THEN RETURN OLD; END IF;
  RAISE EXCEPTION 'consent only grows' USING ERRCODE = 'restrict_violation';
END $$
"""
_FORGOTTEN = "NEW.circumstances IS NULL"
_RESEALED_CONSENT = """
     octet_length(NEW.circumstances) = octet_length(OLD.circumstances)
     AND substr(NEW.circumstances, 1, 4) <> substr(OLD.circumstances, 1, 4)
"""


def _revision(unless: str) -> str:
    return _REVISION.replace("{unless}", unless)


class Migration(QuickMigration):
    dependencies = [("engine", "0040_worklists")]
    initial = False

    operations = [
        limit_wait(),
        *(ops.AddField(model_name="Merchant", name=n, field=f) for n, f in _ADDED.items()),
        ops.RunSQL(_revision(_RESEALED_PAYMENT), _revision("")),
        ops.RunSQL(
            _CONSENT.format(allowed=f"{_FORGOTTEN} OR {_RESEALED_CONSENT}"),
            _CONSENT.format(allowed=_FORGOTTEN),
        ),
    ]
