"""Databases of tests: made from a migrated template, and emptied to be used again."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest

from tests.housekeeping import NAME, UNRESTRICTED, Housekeeping
from tests.invariants import check_invariants
from tests.reused_connections import reuse_connections
from tests.servers import TEMPLATE

_databases: list[Housekeeping] = []
"""The database of this worker, once a test has needed one."""

_TABLES = """
SELECT array_agg(quote_ident(relname) ORDER BY relname) FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
  AND relname <> 'tortoise_migrations'
"""
_RESTART = """
SELECT count(setval(quote_ident(sequencename)::regclass, start_value, false)) FROM pg_sequences
WHERE schemaname = 'public' AND last_value IS NOT NULL
  AND sequencename NOT LIKE 'tortoise_migrations%'
"""
_DISCONNECT = f"""
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name <> '{NAME}'
"""  # noqa: S608 - a constant


@asynccontextmanager
async def emptied_database(server: str, request: pytest.FixtureRequest) -> AsyncIterator[str]:
    """This worker's database, emptied; its URL.

    If the service ran on it, its books must add up in the end.
    """
    if _databases:
        [housekeeping] = _databases
        await housekeeping.run(_empty)
    else:
        _databases.append(housekeeping := Housekeeping(await create_database(server)))
        reuse_connections(housekeeping.url)
    yield housekeeping.url
    await check_invariants(request, housekeeping.url, housekeeping)


async def create_database(server: str) -> str:
    """Create a migrated database; its URL."""
    return await _create(server, TEMPLATE)


async def copy_database(server: str, original: str) -> str:
    """Copy a database that nobody is connected to; the copy's URL."""
    return await _create(server, original.rpartition("/")[2])


async def create_empty_database(server: str) -> str:
    """Create a database without tables; its URL."""
    return await _create(server, "template0")


async def _create(server: str, template: str) -> str:
    name = f"test_{secrets.token_hex(6)}"
    await execute(server, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
    return f"{server.rpartition('/')[0]}/{name}"


async def drop_database(server: str, url: str) -> None:
    """Drop a database, whoever is still connected to it."""
    await execute(server, f"DROP DATABASE {url.rpartition('/')[2]} WITH (FORCE)")


async def empty_database(url: str) -> None:
    """Bring a database back to what the migrations leave: no rows, no connections."""
    connection = await asyncpg.connect(url, server_settings=UNRESTRICTED)
    try:
        await _empty(connection)
    finally:
        await connection.close()


async def _empty(connection: asyncpg.Connection) -> None:
    """One statement for all tables, which a connection that stays open plans once."""
    await connection.fetch(_DISCONNECT)
    tables = await connection.fetchval(_TABLES)
    parts = (f"of_{number} AS (DELETE FROM {name})" for number, name in enumerate(tables))  # noqa: S608
    await connection.fetch(f"WITH {', '.join(parts)} SELECT")
    await connection.fetch(_RESTART)


async def execute(url: str, statement: str) -> None:
    """Run one statement on a connection of its own."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
