"""Makes PostgreSQL refuse commits: a trigger on the history, or a lock on it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

_REFUSE = """
CREATE SEQUENCE refusals;
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.payment_id LIKE '{payment_id}' AND nextval('refusals') <= {times} THEN
    RAISE EXCEPTION 'refused by a test' USING ERRCODE = '{state}';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER refuse BEFORE INSERT ON payment_event FOR EACH ROW EXECUTE FUNCTION refuse();
"""


async def refuse(database: str, state: str, *, times: int = 1, payment_id: str = "%") -> None:
    """Refuse the next commits with this SQLSTATE: of one payment, or of any."""
    connection = await asyncpg.connect(database)
    try:
        await connection.execute(_REFUSE.format(state=state, times=times, payment_id=payment_id))
    finally:
        await connection.close()


@asynccontextmanager
async def locked_history(database: str) -> AsyncIterator[None]:
    """Nothing is committed during the body; everything can be read."""
    connection = await asyncpg.connect(database)
    try:
        async with connection.transaction():
            await connection.execute("LOCK TABLE payment_event IN SHARE ROW EXCLUSIVE MODE")
            yield
    finally:
        await connection.close()
