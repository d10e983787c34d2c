"""The months of the history: ``payment_event`` is a table for each, and old ones leave as a whole.

The months to come are added in time. Should one be missing, its events go to a table for whatever
has no month, and stay there.
"""

from datetime import datetime

import asyncpg

from payment_engine.db.connection import Connections

AHEAD = 3
"""How many months to come have their table already."""

_WAIT = "SET LOCAL lock_timeout = '500ms'"
"""Whoever waits for a whole table makes all others wait, too: rather try again later."""
_MONTHS = """
SELECT quote_ident(c.relname) AS name,
  substring(pg_get_expr(c.relpartbound, c.oid) FROM 'FROM \\(''([^'']+)''')::timestamptz AS since,
  substring(pg_get_expr(c.relpartbound, c.oid) FROM 'TO \\(''([^'']+)''')::timestamptz AS until
FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
WHERE i.inhparent = 'payment_event'::regclass
"""
_DROP = "DO $$ BEGIN {wait}; DROP TABLE IF EXISTS {name}; END $$"
ADD_MONTHS = f"""
DO $$
DECLARE
  this_month timestamp := date_trunc('month', now() AT TIME ZONE 'UTC');
  month timestamp;
  name text;
BEGIN
  IF NOT pg_try_advisory_xact_lock(hashtext('payment_event months')) THEN RETURN; END IF;
  {_WAIT};
  SELECT greatest(max(until) AT TIME ZONE 'UTC', this_month) INTO month FROM ({_MONTHS}) m;
  WHILE month <= this_month + interval '{AHEAD} months' LOOP
    name := 'payment_event_' || to_char(month, 'YYYY_MM');
    BEGIN
      EXECUTE format(
        'CREATE TABLE %I (LIKE payment_event INCLUDING DEFAULTS INCLUDING STORAGE)', name);
      EXECUTE format('ALTER TABLE payment_event ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
        name, month AT TIME ZONE 'UTC', (month + interval '1 month') AT TIME ZONE 'UTC');
    EXCEPTION WHEN check_violation THEN
      RAISE WARNING 'the events of % stay in payment_event_other', to_char(month, 'YYYY-MM');
    END;
    month := month + interval '1 month';
  END LOOP;
END $$
"""  # noqa: S608 - constants of this module
"""Adds the tables of this month and of those to come, where they are missing."""


class NotOwner(Exception):
    """This role may not change the table; ``migrate`` adds months as well."""


async def add_months(db: Connections) -> None:
    """Add the tables that are missing; raises NotOwner."""
    try:
        await db.fetch(ADD_MONTHS)
    except asyncpg.InsufficientPrivilegeError as error:
        raise NotOwner from error


async def drop_months(db: Connections, until: datetime) -> list[str]:
    """Drop the months that were over by then, with all their events; their names.

    Raises NotOwner.
    """
    over = [
        str(row["name"])
        for row in await db.fetch(f"{_MONTHS} ORDER BY until")
        if row["until"] and row["until"] <= until
    ]
    try:
        for name in over:
            await db.fetch(_DROP.format(wait=_WAIT, name=name))
    except asyncpg.InsufficientPrivilegeError as error:
        raise NotOwner from error
    return over


async def history_since(connection: asyncpg.Connection) -> datetime | None:
    """From when on the history is whole; None if nothing of it can have left."""
    rows = await connection.fetch(_MONTHS)
    monthly = [row for row in rows if row["until"]]
    first = min(monthly, key=lambda row: row["until"], default=None)
    since: datetime | None = first["since"] if first else None
    return since
