"""A stream of work: as soon as one piece ends, the next that is due begins."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

import structlog

from payment_engine import logs, metrics, tracing
from payment_engine.db.errors import database_away

Item = TypeVar("Item")

_GATHER = 0.005
"""Seconds in which pieces that end together are replaced by one claim."""
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 10.0
"""Seconds between tries while claims fail, doubled at each, with jitter."""

_log = structlog.get_logger()


class Stream(Generic[Item]):
    """Keeps up to ``most`` pieces under way, so that a slow one holds up no other.

    ``claim`` leases at most so many due pieces; ``run`` does one and handles its own failures.
    """

    def __init__(
        self,
        name: str,
        claim: Callable[[int], Awaitable[Sequence[Item]]],
        run: Callable[[Item], Awaitable[None]],
        *,
        most: int,
    ) -> None:
        self._name = name
        self._claim = claim
        self._run = run
        self._most = most
        self._running: set[asyncio.Task[None]] = set()
        self._ended = asyncio.Event()

    async def work_until(self, stop: asyncio.Event, poll: float) -> None:
        """Work until ``stop`` is set, and finish what was claimed; ``poll``: seconds between two
        looks while nothing is due.

        There may be more due than a claim took although there was room: a shop, for one, is sent a
        few messages at once. So the end of any piece leads to the next claim.
        """
        pause = Pause(self._name)
        while not stop.is_set():
            self._ended.clear()
            room = self._most - len(self._running)
            try:
                claimed = await self.claim(room) if room else 0
            except Exception as error:  # noqa: BLE001 - no failure of a claim may end the stream
                await pause.after(error, stop)
                continue
            pause.over()
            metrics.worker_round.labels(self._name).set_to_current_time()
            await self._wait_for_an_end(stop, poll if claimed < room else None)
        await asyncio.gather(*self._running)

    async def claim(self, room: int) -> int:
        """Begin what is due, at most ``room`` pieces; returns how many."""
        items = await self._claim(room)
        for item in items:
            task = asyncio.create_task(self._run_alone(item))
            self._running.add(task)
            task.add_done_callback(self._end)
        return len(items)

    async def round(self) -> int:
        """Begin what is due, and wait until it has ended; returns how many."""
        count = await self.claim(self._most)
        await asyncio.gather(*self._running)
        return count

    async def _run_alone(self, item: Item) -> None:
        """In a context of its own, so that its log lines carry its own ids."""
        logs.clear()
        try:
            with tracing.span(self._name, "consumer"):
                await self._run(item)
        except Exception as error:  # noqa: BLE001 - its lease ends, and it is claimed again
            _log.error("work_not_ended", stream=self._name, error=type(error).__name__)

    def _end(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._ended.set()

    async def _wait_for_an_end(self, stop: asyncio.Event, most: float | None) -> None:
        """Wait until a piece has ended, ``stop`` is set or so many seconds are over."""
        ended, stopped = (asyncio.create_task(each.wait()) for each in (self._ended, stop))
        await asyncio.wait((ended, stopped), timeout=most, return_when=asyncio.FIRST_COMPLETED)
        for waiting in (ended, stopped):
            waiting.cancel()
        await asyncio.sleep(_GATHER)


class Pause:
    """How long a loop of the worker waits after failures; an absent database is logged once."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._failures = 0

    async def after(self, error: Exception, stop: asyncio.Event) -> None:
        """Log the failure and wait, longer after each, but not past ``stop``."""
        metrics.worker_failures.labels(self._name).inc()
        if not database_away(error):
            _log.error("round_failed", round=self._name, exc_info=error)
        elif not self._failures:
            _log.warning("database_away", round=self._name, error=type(error).__name__)
        longest = min(_FIRST_PAUSE * 2**self._failures, _LONGEST_PAUSE)
        self._failures = min(self._failures + 1, 10)
        await wait_for(stop, longest * random.uniform(0.5, 1))  # noqa: S311

    def over(self) -> None:
        """It works again."""
        if self._failures:
            _log.info("round_works_again", round=self._name)
        self._failures = 0


async def wait_for(stop: asyncio.Event, seconds: float) -> None:
    """Wait so long, or until ``stop`` is set."""
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        pass
