"""The history of payments is a table for each month, so that old months leave as a whole.

What there was becomes the first of these tables without being copied or read: its bound is known.
``migrate`` and workers add the months to come; what has no month is in ``payment_event_other``.
"""

from tortoise.migrations.operations import RunSQL

from payment_engine.db.migration import QuickMigration
from payment_engine.db.online_schema import limit_wait

_SWAP = """
ALTER TABLE payment_event RENAME TO payment_event_before;
DROP TRIGGER payment_event_only_grows ON payment_event_before;
DROP INDEX payment_event_by_change;
ALTER TABLE payment_event_before DROP CONSTRAINT payment_event_pkey;
ALTER TABLE payment_event_before ADD CONSTRAINT payment_event_before_pkey
  PRIMARY KEY USING INDEX payment_event_before_pkey;
ALTER INDEX idx_payment_eve_payment_690c69 RENAME TO payment_event_before_by_payment;
CREATE TABLE payment_event (LIKE payment_event_before INCLUDING DEFAULTS INCLUDING STORAGE)
  PARTITION BY RANGE (at);
ALTER SEQUENCE payment_event_id_seq OWNED BY payment_event.id;
ALTER TABLE payment_event ADD CONSTRAINT payment_event_pkey PRIMARY KEY (id, at);
CREATE INDEX idx_payment_eve_payment_690c69 ON payment_event (payment_id, id);
CREATE UNIQUE INDEX payment_event_by_change ON payment_event (change_id, at)
  WHERE change_id IS NOT NULL;
ALTER TABLE payment_event ADD CONSTRAINT payment_event_payment_id_fkey
  FOREIGN KEY (payment_id) REFERENCES payment (id) ON DELETE RESTRICT;
CREATE TRIGGER payment_event_only_grows BEFORE UPDATE OR DELETE ON payment_event
  FOR EACH ROW EXECUTE FUNCTION payment_event_is_history();
"""
_ATTACH = """
DO $$
BEGIN
  IF EXISTS (SELECT FROM payment_event_before) THEN
    EXECUTE format('ALTER TABLE payment_event ATTACH PARTITION payment_event_before FOR VALUES FROM (MINVALUE) TO (%L)',
      (SELECT substring(pg_get_constraintdef(oid) FROM '''([^'']+)''')::timestamptz FROM pg_constraint
        WHERE conname = 'payment_event_before' AND conrelid = 'payment_event_before'::regclass));
    ALTER TABLE payment_event_before DROP CONSTRAINT payment_event_before;
  ELSE
    DROP TABLE payment_event_before;
  END IF;
END $$;
CREATE TABLE payment_event_other PARTITION OF payment_event DEFAULT;
"""


class Migration(QuickMigration):
    dependencies = [("engine", "0017_history_bounds")]
    initial = False

    operations = [limit_wait(), RunSQL(_SWAP), RunSQL(_ATTACH)]
