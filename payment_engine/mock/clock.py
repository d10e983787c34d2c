"""The mock's time: what it is now, what happens later, and what runs meanwhile."""

import asyncio
import heapq
import math
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from contextvars import Context
from datetime import UTC, datetime
from itertools import count

from payment_engine.mock.chance import branched
from payment_engine.mock.imitation import Impossible

_TEN_YEARS = 10 * 366 * 86_400
_SETTLED_WITHIN = 15.0
_MOST_TIMERS = 200_000
"""Beyond this, the half that is farthest off is forgotten."""
Due = tuple[float, int, Callable[[], object], Context]


class Clock:
    """UTC, as fast as real time, unless moved on or frozen.

    Timers and sleeps end when this time passes their deadline, however it gets there. Holds
    every timer and task, so that all can be ended.
    """

    def __init__(self, most_timers: int = _MOST_TIMERS) -> None:
        self._most_timers = most_timers
        self._ahead = 0.0
        self._held: float | None = None
        self._frozen = False
        self._due: list[Due] = []
        self._numbers = count()
        self._wake: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._busy = 0
        self._quiet = asyncio.Event()
        self._moving = asyncio.Lock()

    @property
    def frozen(self) -> bool:
        """Whether time only passes when it is moved."""
        return self._frozen

    @property
    def timers(self) -> int:
        """How many things are still to happen."""
        return len(self._due)

    def now(self) -> datetime:
        """The time in the mock."""
        return datetime.fromtimestamp(self._seconds(), UTC)

    def stamp(self) -> str:
        """The time as ``2026-01-05T10:00:00Z``."""
        return iso(self.now())

    def later(self, seconds: float, action: Callable[[], object]) -> None:
        """Do ``action`` once so many seconds have passed in the mock."""
        deadline, number = self._seconds() + max(0.0, seconds), next(self._numbers)
        heapq.heappush(self._due, (deadline, number, action, branched()))
        if len(self._due) > self._most_timers:
            self._due = heapq.nsmallest(self._most_timers // 2, self._due)
        if self._due[0][1] == number:
            self._watch()

    async def sleep(self, seconds: float) -> None:
        """Wait until so many seconds have passed in the mock."""
        if seconds <= 0:
            return
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.later(seconds, lambda: None if woken.done() else woken.set_result(None))
        with self._idle():
            await woken

    def spawn(self, work: Coroutine[None, None, None]) -> None:
        """Run ``work`` beside the requests."""
        task = asyncio.get_running_loop().create_task(work, context=branched())
        self._count(1)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    async def advance(self, seconds: float) -> None:
        """Let time pass at once: all that falls due happens in order, each at its own moment.

        Raises Impossible for a time that is not ahead.
        """
        if not 0 <= seconds <= _TEN_YEARS:
            raise Impossible("the clock moves forward, by ten years at most")
        async with self._moving:
            target = self._hold() + seconds
            while self._due and self._due[0][0] <= target:
                self._held = max(self._hold(), self._due[0][0])
                self._fire()
                await self._settled()
            self._held = target
            if not self._frozen:
                self._release()

    async def set(self, moment: datetime) -> None:
        """Move on to a moment. Raises Impossible if that is past."""
        await self.advance((moment - self.now()).total_seconds())

    def freeze(self) -> None:
        """Stop time, until it is moved or let go."""
        self._frozen = True
        self._hold()

    def unfreeze(self) -> None:
        """Let time run on from where it stands."""
        self._frozen = False
        self._release()

    async def stop(self) -> None:
        """Drop every timer and end every task."""
        self._due.clear()
        if self._wake:
            self._wake.cancel()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _seconds(self) -> float:
        return time.time() + self._ahead if self._held is None else self._held

    def _hold(self) -> float:
        """Stop time here; where that is."""
        self._held = self._seconds()
        if self._wake:
            self._wake.cancel()
        return self._held

    def _release(self) -> None:
        self._ahead, self._held = self._seconds() - time.time(), None
        self._watch()

    def _watch(self) -> None:
        """Be woken when the next thing falls due; while time stands still, only for what is due."""
        if self._wake:
            self._wake.cancel()
        wait = self._due[0][0] - self._seconds() if self._due else math.inf
        if wait <= 0 or (self._held is None and wait < math.inf):
            loop = asyncio.get_running_loop()
            self._wake = loop.call_later(max(0.0, wait), self._fire_due)

    def _fire_due(self) -> None:
        while self._due and self._due[0][0] <= self._seconds():
            self._fire()
        self._watch()

    def _fire(self) -> None:
        _, _, action, context = heapq.heappop(self._due)
        asyncio.get_running_loop().call_soon(action, context=context)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._count(-1)

    def _count(self, more: int) -> None:
        """So many tasks more are at work; nothing is to be waited for where none is."""
        self._busy += more
        if self._busy:
            self._quiet.clear()
        else:
            self._quiet.set()

    @contextmanager
    def _idle(self) -> Iterator[None]:
        """A task of ours that sleeps holds up no one who waits for things to settle."""
        ours = asyncio.current_task() in self._tasks
        self._count(-ours)
        try:
            yield
        finally:
            self._count(ours)

    async def _settled(self) -> None:
        """Wait until every task has ended or sleeps again; not for ever."""
        for _ in range(3):
            await asyncio.sleep(0)
        with suppress(TimeoutError):
            if self._busy:
                await asyncio.wait_for(self._quiet.wait(), _SETTLED_WITHIN)


def iso(moment: datetime) -> str:
    """``2026-01-05T10:00:00Z``."""
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
