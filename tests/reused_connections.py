"""The service's connections to the emptied database: what one test closes, the next one opens.

A new connection costs PostgreSQL a process, a catalogue and the plan of every statement: more than
what most tests do with it. Those to a fresh database are opened and closed as in production.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Hashable
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

import asyncpg

from payment_engine.db import backend
from tests.housekeeping import NAME

_databases: set[str] = set()
_idle: defaultdict[Hashable, list["_Reused"]] = defaultdict(list)
_GONE = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError)


def reuse_connections(url: str) -> None:
    """From now on, do so with those to this database."""
    _databases.add(url)
    backend.asyncpg = SimpleNamespace(connect=_connect)


class _Reused(asyncpg.Connection):
    """Closed in order, it waits for the next that opens one like it, with a session like new."""

    key: Hashable = None

    async def close(self, **options: Any) -> None:
        if self.is_closed() or self.is_in_transaction():
            await super().close(**options)
            return
        await self._or_terminated(self.reset())
        await self._or_terminated(self.execute(f"SET application_name = '{NAME}'"))
        self._query_loggers.clear()
        self._transport.pause_reading()
        _idle[self.key].append(self)

    async def lives(self) -> bool:
        self._transport.resume_reading()
        with suppress(*_GONE):
            await self._or_terminated(self.execute("RESET application_name"))
        return not self.is_closed()

    async def _or_terminated(self, statement: Awaitable[Any]) -> None:
        """Whoever is cut off here, as by a cancelled task, leaves no open connection behind."""
        try:
            await statement
        except BaseException:
            self.terminate()
            raise


async def _connect(dsn: str, **options: Any) -> asyncpg.Connection:
    if dsn not in _databases:
        return await asyncpg.connect(dsn, **options)
    key = asyncio.get_running_loop(), dsn, repr(sorted(options.items()))
    while _idle[key]:
        connection = _idle[key].pop()
        if await connection.lives():
            return connection
    connection = await asyncpg.connect(dsn, connection_class=_Reused, **options)
    connection.key = key
    return connection
