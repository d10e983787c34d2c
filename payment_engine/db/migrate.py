"""Applies migrations to a database, and checks that models and migrations agree."""

import asyncio
import zlib

import asyncpg
from tortoise import Tortoise
from tortoise.migrations.api import migrate as apply_migrations
from tortoise.migrations.autodetector import MigrationAutodetector
from tortoise.migrations.operations import AlterModelOptions

from payment_engine.db.history_months import ADD_MONTHS
from payment_engine.db.models import config
from payment_engine.db.timeouts import UNLIMITED, set_limits
from payment_engine.domain.database_address import database_name

_LOCK = zlib.crc32(b"payment_engine migrations")
_TRY_LOCK = "SELECT pg_try_advisory_lock($1)"
_LOCK_SECONDS = 0.5
"""Between two tries. A statement that waits for the lock would have to be waited for itself by an
index that is built concurrently."""


async def migrate(url: str) -> str | None:
    """Apply what is missing, then limit how long the role's statements may run.

    Of two migrators at once, one waits for the other. Returns the SQL that an administrator must
    run, if the role may not limit itself. ``url`` is PostgreSQL itself and no pooler.
    """
    await _create_database(url)
    connection = await asyncpg.connect(url, server_settings=UNLIMITED)
    try:
        while not await connection.fetchval(_TRY_LOCK, _LOCK):  # noqa: ASYNC110 - no event tells
            await asyncio.sleep(_LOCK_SECONDS)
        credentials = {"dsn": url, "size": 2, "pooler": False, "unlimited": True}
        backend = {"engine": "payment_engine.db.backend", "credentials": credentials}
        await apply_migrations(config=config(backend))
        await connection.execute(ADD_MONTHS)
        return await set_limits(connection)
    finally:
        await Tortoise.close_connections()
        await connection.close()


async def missing_migrations() -> list[str]:
    """The models' changes that no migration has; empty if they agree. Needs no database.

    Options that the database knows, as indexes, have operations of their own; what is left of a
    model's options is its docstring, and rewording that is no migration.
    """
    described = config("postgres://nobody@127.0.0.1:1/none")
    await Tortoise.init(config=described, init_connections=False)
    try:
        detector = MigrationAutodetector(Tortoise.apps, described["apps"])
        return [
            writer.name
            for writer in await detector.changes()
            if not all(isinstance(each, AlterModelOptions) for each in writer.operations)
        ]
    finally:
        await Tortoise.close_connections()


async def _create_database(url: str) -> None:
    """Create the database if its server does not have it."""
    try:
        await (await asyncpg.connect(url)).close()
    except asyncpg.InvalidCatalogNameError:
        connection = await asyncpg.connect(url, database="postgres")
        try:
            await connection.execute(f'CREATE DATABASE "{database_name(url)}"')
        except asyncpg.DuplicateDatabaseError:
            pass
        finally:
            await connection.close()
