"""Applies migrations to a database, and checks that models and migrations agree."""

import zlib

import asyncpg
from tortoise import Tortoise
from tortoise.migrations.api import migrate as apply_migrations
from tortoise.migrations.autodetector import MigrationAutodetector
from tortoise.migrations.operations import AlterModelOptions

from payment_engine.db.models import config

_LOCK = zlib.crc32(b"payment_engine migrations")


async def migrate(url: str) -> None:
    """Apply what is missing; of two migrators at once, one waits for the other."""
    await _create_database(url)
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("SELECT pg_advisory_lock($1)", _LOCK)
        await apply_migrations(config=config(url))
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
        server, _, name = url.partition("?")[0].rpartition("/")
        connection = await asyncpg.connect(f"{server}/postgres")
        try:
            await connection.execute(f'CREATE DATABASE "{name}"')
        except asyncpg.DuplicateDatabaseError:
            pass
        finally:
            await connection.close()
