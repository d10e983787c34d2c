"""The index of the history on each month's table: built beside its writes, and undone alike."""

from collections.abc import AsyncIterator

import asyncpg
import pytest
from tortoise import Tortoise
from tortoise.migrations.api import migrate as apply_migrations

from payment_engine.db.history_months import ADD_MONTHS
from payment_engine.db.models import config
from tests.architecture.test_migrations import faults
from tests.databases import create_database, drop_database
from tests.packaging.test_migration_lint import statements

NAME = "0062_history_by_payment"
BEFORE = "0061_orders_by_hash"
_NEW, _OLD = "(payment_id)", "(payment_id, id)"
_INDEXES = """
SELECT t.relname AS table, substring(pg_get_indexdef(i.indexrelid) FROM '\\(payment_id.*$') AS on
FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid
WHERE i.indisvalid AND t.relname LIKE 'payment_event%'
  AND pg_get_indexdef(i.indexrelid) LIKE '%(payment_id%'
"""
_PARTS = (
    "SELECT relname FROM pg_class WHERE relname LIKE 'payment\\_event%' AND relkind IN ('r','p')"
)


@pytest.fixture
async def url(postgres_url: str) -> AsyncIterator[str]:
    """A database as it is before the index is shorter, with months of its own."""
    url = await create_database(postgres_url)
    await to(url, BEFORE)
    connection = await asyncpg.connect(url)
    await connection.execute(ADD_MONTHS)
    await connection.close()
    yield url
    await drop_database(postgres_url, url)


@pytest.fixture
async def connection(url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(url)
    yield connection
    await connection.close()


async def to(url: str, name: str) -> None:
    """Apply or undo migrations until this one is the last."""
    try:
        await apply_migrations(config=config(url), target=f"engine.{name}")
    finally:
        await Tortoise.close_connections()


async def indexes(connection: asyncpg.Connection) -> list[tuple[str, str]]:
    """The valid indexes by which a payment's events are found: of which table, on what."""
    return sorted((row["table"], row["on"]) for row in await connection.fetch(_INDEXES))


async def of_all(connection: asyncpg.Connection, on: str) -> list[tuple[str, str]]:
    """One such index of the whole, and one of each month."""
    tables = await connection.fetch(_PARTS)
    assert len(tables) > 2
    return sorted((row["relname"], on) for row in tables)


async def test_every_month_has_the_index_and_none_has_the_one_before(
    url: str, connection: asyncpg.Connection
) -> None:
    assert await indexes(connection) == await of_all(connection, _OLD)
    await to(url, NAME)
    assert await indexes(connection) == await of_all(connection, _NEW)
    await to(url, BEFORE)
    assert await indexes(connection) == await of_all(connection, _OLD)


async def test_a_month_that_is_added_later_has_it_as_well(
    url: str, connection: asyncpg.Connection
) -> None:
    await to(url, NAME)
    last = max(row["relname"] for row in await connection.fetch(_PARTS) if "_20" in row["relname"])
    await connection.execute(f"DROP TABLE {last}")
    await connection.execute(ADD_MONTHS)
    assert (last, _NEW) in await indexes(connection)
    assert await indexes(connection) == await of_all(connection, _NEW)


async def test_what_an_interrupted_build_left_is_made_anew(
    url: str, connection: asyncpg.Connection
) -> None:
    await connection.execute(
        "CREATE INDEX payment_event_of_payment ON ONLY payment_event (payment_id);"
        "CREATE INDEX payment_event_other_of_payment ON payment_event_other (payment_id);"
        "UPDATE pg_index SET indisvalid = false "
        "WHERE indexrelid = 'payment_event_other_of_payment'::regclass"
    )
    await to(url, NAME)
    assert await indexes(connection) == await of_all(connection, _NEW)


async def test_writes_go_on_beside_each_build_and_wait_a_limited_time_for_each_lock() -> None:
    sql = (await statements())[NAME]
    assert faults(sql, atomic=False) == ["an index that is not built CONCURRENTLY"] * 2
    assert "CREATE INDEX CONCURRENTLY part_of_payment ON part (payment_id)" in sql
    for statement in sql.splitlines():
        limited = statement.startswith("SET LOCAL lock_timeout")
        assert limited or " CONCURRENTLY " in statement, statement
