"""Whether the database has the schema that this release needs."""

import pkgutil
from functools import cache

import asyncpg

from payment_engine.db.connection import Database
from payment_engine.db.packaged_migrations import load_migrations

_APPLIED = "SELECT name FROM tortoise_migrations WHERE app = 'engine'"


async def missing_migrations(db: Database) -> list[str]:
    """The names of this release's migrations that the database lacks; one that has more is of a
    later release, which this one runs on. Raises what a database that is away raises."""
    try:
        applied = {row["name"] for row in await db.oncall.fetch(_APPLIED)}
    except asyncpg.UndefinedTableError:
        applied = set()
    return [name for name in _packaged() if name not in applied]


@cache
def _packaged() -> tuple[str, ...]:
    found = pkgutil.iter_modules(load_migrations().__path__)
    return tuple(sorted(module.name for module in found if module.name[0].isdigit()))
