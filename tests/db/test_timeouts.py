"""The limits of statements and waits that ``migrate`` sets on its role, and who may exceed them."""

import secrets
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from payment_engine.db.connection import Database
from payment_engine.db.migrate import migrate
from payment_engine.db.timeouts import ALLOW_LONG, set_limits

_SETTINGS = """
SELECT unnest(s.setconfig) FROM pg_db_role_setting s
JOIN pg_database d ON d.oid = s.setdatabase JOIN pg_roles r ON r.oid = s.setrole
WHERE d.datname = current_database() AND r.rolname = current_user
"""


@pytest.fixture
async def empty(postgres_url: str) -> AsyncIterator[str]:
    """The URL of a database that is not there yet."""
    url = f"{postgres_url.rpartition('/')[0]}/test-{secrets.token_hex(6)}"
    yield url
    connection = await asyncpg.connect(postgres_url)
    await connection.execute(f'DROP DATABASE IF EXISTS "{url.rpartition("/")[2]}" WITH (FORCE)')
    await connection.close()


async def settings(url: str) -> set[str]:
    connection = await asyncpg.connect(url)
    rows = await connection.fetch(_SETTINGS)
    await connection.close()
    return {row[0] for row in rows}


async def test_migrate_limits_statements_and_waits_of_its_role(empty: str) -> None:
    assert await migrate(empty) is None
    assert await settings(empty) == {"lock_timeout=2s", "statement_timeout=10s"}


async def test_a_migration_may_take_longer_than_the_limits_of_its_role(
    empty: str, postgres_url: str
) -> None:
    server = await asyncpg.connect(postgres_url)
    name = empty.rpartition("/")[2]
    await server.execute(f'CREATE DATABASE "{name}"')
    await server.execute(
        f"ALTER ROLE CURRENT_USER IN DATABASE \"{name}\" SET statement_timeout = '1ms'"
    )
    await server.close()
    await migrate(empty)
    assert "statement_timeout=10s" in await settings(empty)


class Restricted(asyncpg.Connection):
    """A connection of a role that may not change roles, as some hosted databases have it."""

    async def execute(self, query: str, *values: Any, **options: Any) -> str:
        if query.startswith("ALTER ROLE"):
            raise asyncpg.InsufficientPrivilegeError("permission denied")
        return str(await super().execute(query, *values, **options))


async def test_a_role_that_may_not_limit_itself_gets_the_statements_for_somebody_else(
    database: str,
) -> None:
    connection = await asyncpg.connect(database, connection_class=Restricted)
    statements = await set_limits(connection)
    await connection.close()
    name = database.rpartition("/")[2]
    assert statements == (
        f"ALTER ROLE postgres IN DATABASE {name} SET lock_timeout = '2s'; "
        f"ALTER ROLE postgres IN DATABASE {name} SET statement_timeout = '10s';"
    )


async def test_a_long_statement_may_exceed_the_limit_within_its_transaction_only(
    fresh_database: str,
) -> None:
    connection = await asyncpg.connect(fresh_database)
    await connection.execute(
        f"ALTER ROLE CURRENT_USER IN DATABASE {fresh_database.rpartition('/')[2]} "
        "SET statement_timeout = '50ms'"
    )
    await connection.close()
    db = Database(fresh_database, size=2)
    await db.open()
    async with db.transaction() as tx:
        await tx.execute_query(ALLOW_LONG)
        await tx.execute_query("SELECT pg_sleep(0.2)")
    [after] = await db.connection.execute_query_dict("SHOW statement_timeout")
    await db.close()
    assert after["statement_timeout"] == "50ms"
