"""One connection to this worker's database, open from the first test to the last.

A new connection plans every statement anew, which costs ten times what emptying small tables does.
It lives on an event loop of its own, in a thread, since the loop of a test ends with the test.
"""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import asyncpg

Result = TypeVar("Result")


NAME = "housekeeping of tests"
"""What PostgreSQL lists the connection as, and those that wait for another test."""
UNRESTRICTED = {"session_replication_role": "replica"}
"""A session that may delete from the tables of history."""


class Housekeeping:
    """Runs statements on the connection, which is opened again if a test cut it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._connection: asyncpg.Connection | None = None
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, name="housekeeping", daemon=True).start()

    async def run(self, use: Callable[[asyncpg.Connection], Coroutine[Any, Any, Result]]) -> Result:
        """What ``use`` returns or raises, given the connection; called from any event loop."""
        running = asyncio.run_coroutine_threadsafe(self._use(use), self._loop)
        return await asyncio.wrap_future(running)

    async def _use(
        self, use: Callable[[asyncpg.Connection], Coroutine[Any, Any, Result]]
    ) -> Result:
        if not await self._lives():
            settings = {"application_name": NAME, **UNRESTRICTED}
            self._connection = await asyncpg.connect(self.url, server_settings=settings)
        return await use(self._connection)

    async def _lives(self) -> bool:
        if self._connection is None:
            return False
        try:
            await self._connection.execute("SELECT")
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
            self._connection.terminate()
            return False
        return True
