"""The history is a table for each month: those to come are there in time, old ones leave whole."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from payment_engine.db.history_months import (
    AHEAD,
    NotOwner,
    add_months,
    drop_months,
    history_since,
)
from payment_engine.db.pool import Pool
from tests.db.changes import MERCHANT, now

_PAYMENT = """
INSERT INTO payment (id, merchant_id, order_id, status, amount, currency, breakdown, metadata,
    customer_ref, customer, return_url, capture, created_at, expires_at)
  VALUES ('pay_1', $1, 'o', 'open', 100, 'INR', '[]', '{}', 'c', '', '', 'automatic', now(),
    now() + interval '1 hour')
"""
_EVENT = """
INSERT INTO payment_event (payment_id, version, type, source, data, at, change_id)
VALUES ('pay_1', 1, 'x', 'caller', '{}', $1, $2) RETURNING tableoid::regclass::text
"""
_TABLES = """
SELECT inhrelid::regclass::text AS name FROM pg_inherits
WHERE inhparent = 'payment_event'::regclass ORDER BY 1
"""


@pytest.fixture
async def pool(fresh_database: str) -> AsyncIterator[Pool]:
    pool = Pool(lambda: asyncpg.connect(fresh_database), size=2)
    await pool.fetch(
        "INSERT INTO merchant (id, name, created_at) VALUES ($1, 'Pharmacy', now())", MERCHANT
    )
    await pool.fetch(_PAYMENT, MERCHANT)
    yield pool
    await pool.close()


async def tables(pool: Pool) -> list[str]:
    return [row["name"] for row in await pool.fetch(_TABLES)]


async def stored_in(pool: Pool, at: datetime, change_id: str | None = None) -> str:
    rows = await pool.fetch(_EVENT, at, change_id)
    return str(rows[0][0])


def month(number: int) -> datetime:
    """The start of a month, counted from this one."""
    months = now().year * 12 + now().month - 1 + number
    return datetime(months // 12, months % 12 + 1, 1, tzinfo=UTC)


def named(number: int) -> str:
    return f"payment_event_{month(number):%Y_%m}"


async def test_each_event_is_in_the_table_of_its_month(pool: Pool) -> None:
    expected = [*(named(number) for number in range(AHEAD + 1)), "payment_event_other"]
    assert await tables(pool) == expected
    assert await stored_in(pool, now()) == named(0)
    assert await stored_in(pool, month(1)) == named(1)
    assert await stored_in(pool, month(1) - timedelta(microseconds=1)) == named(0)
    assert await stored_in(pool, month(AHEAD + 1)) == "payment_event_other"
    assert await stored_in(pool, month(-1)) == "payment_event_other"


async def test_months_that_are_missing_are_added_and_only_those(pool: Pool) -> None:
    before = await tables(pool)
    await add_months(pool)
    assert await tables(pool) == before
    for number in (2, 3):
        await pool.fetch(f"DROP TABLE {named(number)}")
    await add_months(pool)
    assert await tables(pool) == before


async def test_a_month_whose_events_came_before_its_table_stays_without_one(pool: Pool) -> None:
    await pool.fetch(f"DROP TABLE {named(2)}, {named(3)}")
    assert await stored_in(pool, month(2)) == "payment_event_other"
    await add_months(pool)
    assert named(2) not in await tables(pool)
    assert named(3) in await tables(pool)
    assert await stored_in(pool, month(2)) == "payment_event_other"


async def test_months_leave_whole_once_all_of_them_is_past_its_time(pool: Pool) -> None:
    await stored_in(pool, now())
    later = await stored_in(pool, month(1))
    assert await drop_months(pool, month(1) - timedelta(seconds=1)) == []
    assert await drop_months(pool, month(1)) == [named(0)]
    rows = await pool.fetch("SELECT tableoid::regclass::text FROM payment_event")
    assert [row[0] for row in rows] == [later]
    connection = await pool.acquire()
    assert await history_since(connection) == month(1)
    await pool.release(connection)


async def test_events_are_never_changed_or_deleted_in_any_month(pool: Pool) -> None:
    for number in (0, 1, -1):
        table = await stored_in(pool, month(number))
        for change in (f"UPDATE {table} SET type = 'y'", f"DELETE FROM {table}"):  # noqa: S608
            with pytest.raises(asyncpg.RestrictViolationError):
                await pool.fetch(change)


async def test_a_change_is_written_once(pool: Pool) -> None:
    at = now()
    await stored_in(pool, at, "chg_1")
    with pytest.raises(asyncpg.UniqueViolationError):
        await stored_in(pool, at, "chg_1")


async def test_ids_go_on_from_month_to_month(pool: Pool) -> None:
    for number in (0, 1, 2):
        await stored_in(pool, month(number))
    rows = await pool.fetch("SELECT id FROM payment_event ORDER BY at")
    assert [row["id"] for row in rows] == [1, 2, 3]


async def test_a_role_that_does_not_own_the_table_leaves_it_to_migrate(
    pool: Pool, fresh_database: str
) -> None:
    await pool.fetch(f"DROP TABLE {named(3)}")
    await pool.fetch("CREATE ROLE months_reader")
    await pool.fetch("GRANT SELECT ON ALL TABLES IN SCHEMA public TO months_reader")

    async def connect() -> asyncpg.Connection:
        connection = await asyncpg.connect(fresh_database)
        await connection.execute("SET ROLE months_reader")
        return connection

    other = Pool(connect, size=1)
    try:
        with pytest.raises(NotOwner):
            await add_months(other)
        with pytest.raises(NotOwner):
            await drop_months(other, month(1))
    finally:
        await other.close()
        await pool.fetch("DROP OWNED BY months_reader")
        await pool.fetch("DROP ROLE months_reader")
