"""The mock's virtual time, with its timers and background tasks."""

import asyncio
import heapq
import math
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from contextvars import Context
from datetime import UTC, datetime
from itertools import count

from payment_engine.mock.imitation import Impossible
from payment_engine.mock.seeded_random import branch_context

_TEN_YEARS = 10 * 366 * 86_400
_MOST_WAITED = 15.0
"""Real seconds that a jump waits for the tasks it has started."""
_MOST_TIMERS = 200_000
"""Beyond this, the half that is due last is dropped."""
Timer = tuple[float, int, Callable[[], object], Context]


class Clock:
    """UTC, as fast as real time, unless moved forward or frozen.

    Timers and sleeps end when this time passes their deadline, by itself or by a jump. Knows every
    timer and task, so that all can be stopped.
    """

    def __init__(self, most_timers: int = _MOST_TIMERS) -> None:
        self._most_timers = most_timers
        self._ahead = 0.0
        self._stopped_at: float | None = None
        self._frozen = False
        self._timers: list[Timer] = []
        self._numbers = count()
        self._wake: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._busy = 0
        self._is_idle = asyncio.Event()
        self._jump_lock = asyncio.Lock()

    @property
    def frozen(self) -> bool:
        """Whether time passes only by jumps."""
        return self._frozen

    @property
    def timers(self) -> int:
        """How many timers are running."""
        return len(self._timers)

    def now(self) -> datetime:
        """The time in the mock."""
        return datetime.fromtimestamp(self._seconds(), UTC)

    def stamp(self) -> str:
        """The time as ``2026-01-05T10:00:00Z``."""
        return iso(self.now())

    def later(self, seconds: float, action: Callable[[], object]) -> None:
        """Do ``action`` once so many seconds have passed in the mock."""
        deadline = self._seconds() + max(0.0, seconds)
        number = next(self._numbers)
        heapq.heappush(self._timers, (deadline, number, action, branch_context()))
        if len(self._timers) > self._most_timers:
            self._timers = heapq.nsmallest(self._most_timers // 2, self._timers)
        if self._timers[0][1] == number:
            self._schedule_wake()

    async def sleep(self, seconds: float) -> None:
        """Wait until so many seconds have passed in the mock."""
        if seconds <= 0:
            return
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.later(seconds, lambda: None if woken.done() else woken.set_result(None))
        with self._idle():
            await woken

    def spawn(self, work: Coroutine[None, None, None]) -> None:
        """Run ``work`` as a background task."""
        task = asyncio.get_running_loop().create_task(work, context=branch_context())
        self._count(1)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    async def advance(self, seconds: float) -> None:
        """Jump forward: all timers on the way end in order, each at its own time.

        Raises Impossible for a negative time or one beyond ten years.
        """
        if not 0 <= seconds <= _TEN_YEARS:
            raise Impossible("the clock moves forward, by ten years at most")
        async with self._jump_lock:
            target = self._stop_time() + seconds
            while self._timers and self._timers[0][0] <= target:
                self._stopped_at = max(self._stop_time(), self._timers[0][0])
                self._fire()
                await self._until_idle()
            self._stopped_at = target
            if not self._frozen:
                self._resume_time()

    async def set(self, moment: datetime) -> None:
        """Jump forward to a time. Raises Impossible if that is past."""
        await self.advance((moment - self.now()).total_seconds())

    def freeze(self) -> None:
        """Stop time; from now on it passes only by jumps."""
        self._frozen = True
        self._stop_time()

    def unfreeze(self) -> None:
        """Let time pass by itself again, from where it stopped."""
        self._frozen = False
        self._resume_time()

    async def stop(self) -> None:
        """Drop every timer and cancel every task."""
        self._timers.clear()
        if self._wake:
            self._wake.cancel()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _seconds(self) -> float:
        return time.time() + self._ahead if self._stopped_at is None else self._stopped_at

    def _stop_time(self) -> float:
        """Stop time here; the seconds at which it stopped."""
        self._stopped_at = self._seconds()
        if self._wake:
            self._wake.cancel()
        return self._stopped_at

    def _resume_time(self) -> None:
        self._ahead = self._seconds() - time.time()
        self._stopped_at = None
        self._schedule_wake()

    def _schedule_wake(self) -> None:
        """Wake up when the next timer ends; while time is stopped, only for one that has ended."""
        if self._wake:
            self._wake.cancel()
        wait = self._timers[0][0] - self._seconds() if self._timers else math.inf
        if wait <= 0 or (self._stopped_at is None and wait < math.inf):
            loop = asyncio.get_running_loop()
            self._wake = loop.call_later(max(0.0, wait), self._fire_due)

    def _fire_due(self) -> None:
        while self._timers and self._timers[0][0] <= self._seconds():
            self._fire()
        self._schedule_wake()

    def _fire(self) -> None:
        _, _, action, context = heapq.heappop(self._timers)
        asyncio.get_running_loop().call_soon(action, context=context)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._count(-1)

    def _count(self, more: int) -> None:
        """So many more tasks are running."""
        self._busy += more
        if self._busy:
            self._is_idle.clear()
        else:
            self._is_idle.set()

    @contextmanager
    def _idle(self) -> Iterator[None]:
        """While one of our tasks sleeps, a jump does not wait for it."""
        ours = asyncio.current_task() in self._tasks
        self._count(-ours)
        try:
            yield
        finally:
            self._count(ours)

    async def _until_idle(self) -> None:
        """Wait until every task has ended or sleeps again, for 15 real seconds at the most."""
        for _ in range(3):
            await asyncio.sleep(0)
        with suppress(TimeoutError):
            if self._busy:
                await asyncio.wait_for(self._is_idle.wait(), _MOST_WAITED)


def iso(moment: datetime) -> str:
    """``2026-01-05T10:00:00Z``."""
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
