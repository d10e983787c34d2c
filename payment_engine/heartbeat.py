"""The heartbeat of this process, by which the others know that it still works on its payments.

A process that cannot renew it stops calling gateways before the others take over its work. Each
heartbeat also compares this machine's clock with the database's.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable

import structlog

from payment_engine.db import processes

PACE = 2.0
"""Seconds between two heartbeats."""
FRESH = 5.0
"""Seconds after which a heartbeat no longer allows calls to gateways. The other processes take
over after ten (see ``db/load_statement.py``)."""
_RETRIES = (0.5, 1.0, PACE)
"""Seconds until the next one after a first failure, a second, and all further ones in a row."""
_STATEMENT = 2.0
"""Seconds that a heartbeat may take, and by which it may delay start and stop."""

CLOCK_OFF = 2.0
"""Seconds by which a clock may differ from the database's; by more, nothing is closed for its
age."""

_log = structlog.get_logger()


class Heartbeat:
    """Renews the row of one process until it is stopped. ``clock`` counts seconds, monotonically;
    ``wall`` gives this machine's time, in seconds since 1970.

    ``database`` gives the connections, once they are there; they should not be those of the
    payments, so that a queue for them cannot make a busy process look dead.
    """

    def __init__(
        self,
        process_id: str,
        role: processes.Role,
        database: Callable[[], processes.Connections],
        *,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self.process_id = process_id
        self._role = role
        self._database = database
        self._clock = clock
        self._wall = wall
        self.clock_offset = 0.0
        """Seconds by which this machine's clock is ahead of the database's, provably: what a slow
        statement explains is left out."""
        self._started = clock()
        self._renewed: float | None = None
        self._failures = 0
        self._task: asyncio.Task[None] | None = None

    def fresh(self) -> bool:
        """Whether the last heartbeat is recent enough to call a gateway."""
        return self._renewed is not None and self._clock() - self._renewed <= FRESH

    def clock_is_off(self) -> bool:
        """Whether what this process takes for the age of something may be wrong."""
        return abs(self.clock_offset) > CLOCK_OFF

    async def start(self) -> None:
        """Renew once, then in the background; a database that is away does not raise."""
        await self.renew()
        self._task = asyncio.create_task(self._repeat())

    async def stop(self) -> None:
        """Never fresh again, and record the stop if the database answers within 2 s."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self._renewed = None
        error = await _failure(processes.stop(self._database(), self.process_id))
        if error:
            _log.warning("stop_not_recorded", process=self.process_id, error=type(error).__name__)

    async def renew(self) -> None:
        """Renew now. It counts from before the statement, so never as younger than it is."""
        at = self._clock()
        age = at - self._started
        error = await _failure(self._beat(age))
        if error is None:
            self._renewed = at
        self._report(error)

    async def _beat(self, age: float) -> None:
        sent = self._wall()
        at = await processes.beat(self._database(), self.process_id, self._role, age)
        if at is not None:
            self._compare(sent, at, self._wall())

    def _compare(self, sent: float, at: float, received: float) -> None:
        """The database read its clock at a moment between these two of ours."""
        was_off = self.clock_is_off()
        self.clock_offset = max(sent - at, 0.0) + min(received - at, 0.0)
        if self.clock_is_off() and not was_off:
            _log.error("clock_off", process=self.process_id, seconds=self.clock_offset)

    async def _repeat(self) -> None:
        while True:
            retry = min(self._failures, len(_RETRIES)) - 1
            await asyncio.sleep(_RETRIES[retry] if self._failures else PACE)
            await self.renew()

    def _report(self, error: Exception | None) -> None:
        """Log the first of several failures, and the end of them."""
        if error and not self._failures:
            _log.warning("heartbeat_failed", process=self.process_id, error=type(error).__name__)
        if not error and self._failures:
            _log.info("heartbeat_renewed", process=self.process_id, failures=self._failures)
        self._failures = self._failures + 1 if error else 0


async def _failure(statement: Awaitable[None]) -> Exception | None:
    """Await it for a bounded time; what went wrong, if anything did."""
    try:
        async with asyncio.timeout(_STATEMENT):
            await statement
    except Exception as error:  # noqa: BLE001 - whatever it is, the next heartbeat may succeed
        return error
    return None
