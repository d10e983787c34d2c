"""A connection pool that is fair and costs no round trip of its own.

Whoever has waited longest gets a freed connection. Nothing is reset between uses: a connection
that comes back inside a transaction or with session state is closed instead, and no statement of
ours leaves session state behind.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Collection
from typing import Any

import asyncpg

from payment_engine import tracing

_REPORTED = (
    *("TimeZone", "search_path", "DateStyle", "IntervalStyle", "client_encoding"),
    *("session_authorization", "default_transaction_read_only", "application_name"),
)

Connect = Callable[[], Awaitable[asyncpg.Connection]]


class PoolExhausted(TimeoutError):
    """No connection became free in time, or too many wait already."""


class Pool:
    """Up to ``size`` connections, opened as they are needed.

    ``wait_seconds`` bounds how long one may wait for a connection, ``most_waiting`` how many may.
    """

    def __init__(
        self, connect: Connect, *, size: int, wait_seconds: float = 5.0, most_waiting: int = 4096
    ) -> None:
        self._connect = connect
        self._size = size
        self._wait_seconds = wait_seconds
        self._most_waiting = most_waiting
        self._idle: list[asyncpg.Connection] = []
        self._waiters: deque[asyncio.Future[asyncpg.Connection | None]] = deque()
        self._settings: dict[asyncpg.Connection, tuple[str | None, ...]] = {}
        self._opening = 0
        self._closed = False

    @property
    def size(self) -> int:
        """The most connections that it opens."""
        return self._size

    @property
    def in_use(self) -> int:
        """Connections in use or being opened."""
        return len(self._settings) - len(self._idle) + self._opening

    @property
    def connections(self) -> Collection[asyncpg.Connection]:
        """The open connections, in use or not."""
        return self._settings.keys()

    @property
    def waiting(self) -> int:
        """How many wait for a connection."""
        return len(self._waiters)

    async def acquire(self) -> asyncpg.Connection:
        """A connection of the caller's own until it is released; raises PoolExhausted."""
        if self._closed:
            raise asyncpg.InterfaceError("the pool is closed")
        if not self._waiters and (connection := self._pop_idle()):
            return connection
        if len(self._settings) + self._opening < self._size:
            return await self._open()
        if len(self._waiters) >= self._most_waiting:
            raise PoolExhausted("too many wait for a database connection")
        return await self._wait(self._wait_seconds)

    async def release(self, connection: asyncpg.Connection, **_: Any) -> None:
        """Give a connection back; the longest waiter gets it."""
        if connection not in self._settings:
            return
        if self._closed or self._is_dirty(connection):
            self._discard(connection)
        else:
            self._hand_over(connection)

    async def fetch(self, statement: str, *values: object) -> list[asyncpg.Record]:
        """Run one statement, in a commit of its own."""
        connection = await self.acquire()
        try:
            rows: list[asyncpg.Record] = await connection.fetch(statement, *values)
            return rows
        finally:
            await self.release(connection)

    async def close(self) -> None:
        """Close every connection; what is still in use by now is cut off."""
        self._closed = True
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_exception(asyncpg.InterfaceError("the pool is closed"))
        self._waiters.clear()
        idle, self._idle = self._idle, []
        for connection in idle:
            self._settings.pop(connection, None)
        self.terminate()
        await asyncio.gather(*(connection.close() for connection in idle))

    def terminate(self) -> None:
        """Drop every connection at once."""
        self._closed = True
        for connection in list(self._settings):
            self._discard(connection)

    async def expire_connections(self) -> None:
        """Close what is idle, so that the next use opens new connections."""
        for connection in self._idle[:]:
            self._discard(connection)

    def _pop_idle(self) -> asyncpg.Connection | None:
        while self._idle:
            connection = self._idle.pop()
            if not connection.is_closed():
                return connection
            self._settings.pop(connection, None)
        return None

    async def _open(self) -> asyncpg.Connection:
        self._opening += 1
        try:
            connection = await self._connect()
        except BaseException:
            self._opening -= 1
            self._wake_one()
            raise
        self._opening -= 1
        tracing.watch(connection)
        self._settings[connection] = _session(connection)
        return connection

    async def _wait(self, seconds: float) -> asyncpg.Connection:
        waiter: asyncio.Future[asyncpg.Connection | None] = asyncio.Future()
        self._waiters.append(waiter)
        try:
            async with asyncio.timeout(seconds):
                connection = await waiter
        except BaseException as error:
            self._give_up(waiter)
            if isinstance(error, TimeoutError):
                message = f"no database connection became free in {seconds:g} s"
                raise PoolExhausted(message) from None
            raise
        return connection if connection is not None else await self._open()

    def _give_up(self, waiter: asyncio.Future[asyncpg.Connection | None]) -> None:
        """Whoever stopped waiting just as it was served passes the connection on."""
        if waiter in self._waiters:
            self._waiters.remove(waiter)
        if not waiter.done() or waiter.cancelled() or waiter.exception():
            return
        connection = waiter.result()
        if connection is None:
            self._wake_one()
        else:
            self._hand_over(connection)

    def _hand_over(self, connection: asyncpg.Connection) -> None:
        while self._waiters:
            waiter = self._waiters.popleft()
            if not waiter.done():
                waiter.set_result(connection)
                return
        self._idle.append(connection)

    def _wake_one(self) -> None:
        """Let the longest waiter open a connection in place of one that is gone."""
        while self._waiters:
            waiter = self._waiters.popleft()
            if not waiter.done():
                waiter.set_result(None)
                return

    def _is_dirty(self, connection: asyncpg.Connection) -> bool:
        """Whether it cannot be used again: closed, in a transaction, changed, or still being
        told to cancel a statement."""
        if connection.is_closed() or connection._protocol._is_cancelling():
            return True
        if connection.is_in_transaction():
            return True
        return self._settings[connection] != _session(connection)

    def _discard(self, connection: asyncpg.Connection) -> None:
        self._settings.pop(connection, None)
        if connection in self._idle:
            self._idle.remove(connection)
        if not connection.is_closed():
            connection.terminate()
        self._wake_one()


def _session(connection: asyncpg.Connection) -> tuple[str | None, ...]:
    """The settings of a session that PostgreSQL reports when they change."""
    settings = connection.get_settings()
    return tuple(getattr(settings, name, None) for name in _REPORTED)
