"""Which work may begin: attempts have a share of the event loop, so that nothing else starves."""

import asyncio
import math
import secrets
import time
from collections import deque
from collections.abc import Callable, Coroutine, Generator
from types import coroutine
from typing import Any, TypeVar

from payment_engine.domain.errors import Unavailable

T = TypeVar("T")

_TURN = 0.005
"""Seconds between two looks at how late the loop is."""
_IDLE_TURNS = 200
"""After so many turns without any work, nobody looks any longer."""
_FREE = 0.002
"""A loop that is less late than this (seconds) has room, whoever used how much of it."""
_AT_ONCE = 4
"""How many may begin in one turn of a loop that has room; further ones need a part of the share."""
_MEMORY = 0.5
"""Seconds over which the share is measured."""
_BESIDE = 1.4
"""What a piece of work costs, for each second of its own: commits and calls run in other tasks."""
_FEW = 20.0
"""So few other requests a second need no part of the loop."""
_SOON = 0.1
"""Seconds over which they are counted: once there are no more, their part is free."""
_FIRST_COST = 0.002
_RETRY_AFTER = 2


class Admission:
    """Begins work at once while the loop has room, and otherwise as far as its share goes.

    ``share``: of the time of the loop, from 0 to 1, while others need it, too; without them it is
    the whole of it. ``wait``: seconds for which work may wait to begin; what would wait longer is
    refused at once. ``crowded`` tells that too many wait for the database already: then nothing
    begins.
    """

    def __init__(
        self,
        *,
        share: float,
        wait: float,
        crowded: Callable[[], bool] = lambda: False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._share = share
        self._wait = wait
        self._crowded = crowded
        self._room = _AT_ONCE
        self._used = _Fading(clock)
        """Seconds of the loop; those of unfinished work are guessed."""
        self._begun = _Fading(clock)
        """How many pieces of work."""
        self._others = _Fading(clock, _SOON)
        """How many requests for something else have arrived."""
        self._cost = _FIRST_COST
        """Seconds of the loop that one piece of work takes, as far as known."""
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._idle_turns = 0
        self._next: asyncio.TimerHandle | None = None

    def other(self) -> None:
        """A request for something else has arrived."""
        self._others.add(1)

    def refuse_if_full(self) -> None:
        """Raise Unavailable if one more would wait too long: before anything is spent on it."""
        if len(self._waiting) >= self._most_waiting():
            raise _refusal()

    async def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Do the work once it may begin; raises Unavailable if that would take too long."""
        try:
            await self._begin()
        except BaseException:
            work.close()
            raise
        meter = _Meter()
        charged = self._cost
        try:
            return await meter.run(work)
        finally:
            cost = meter.seconds * _BESIDE
            self._used.add(cost - charged)
            self._cost += (cost - self._cost) / 20

    @property
    def looks(self) -> bool:
        """Whether it looks at the loop; it does while there is work, and a second longer."""
        return self._next is not None

    def turn(self, late: float) -> None:
        """Begin what may begin now; ``late``: by how many seconds the loop is."""
        self._room = _AT_ONCE if late < _FREE else 0
        self._idle_turns = 0 if self._waiting else self._idle_turns + 1
        while self._waiting and self._may_begin():
            self._take()
            self._waiting.popleft().set_result(None)

    async def _begin(self) -> None:
        self._idle_turns = 0
        if self._next is None:
            self._look_after(_TURN)
        if not self._waiting and self._may_begin():
            self._take()
            return
        self.refuse_if_full()
        begins = asyncio.get_running_loop().create_future()
        self._waiting.append(begins)
        try:
            await asyncio.wait((begins,), timeout=self._wait)
        finally:
            if not begins.done():
                self._waiting.remove(begins)
        if not begins.done():
            raise _refusal()

    def _may_begin(self) -> bool:
        shared = self._room > 0 or self._used.lately < self._share_now() * _MEMORY
        return shared and not self._crowded()

    def _share_now(self) -> float:
        return self._share if self._others.lately > _FEW * _SOON else 1.0

    def _take(self) -> None:
        self._room -= 1
        self._used.add(self._cost)
        self._begun.add(1)

    def _most_waiting(self) -> int:
        """As many as begin within the bound if it goes on as lately, or only the share is left."""
        a_second = max(self._begun.lately / _MEMORY, self._share_now() / self._cost)
        return max(1, int(a_second * self._wait))

    def _look_after(self, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time() + seconds
        self._next = loop.call_at(due, lambda: self._look(loop.time() - due))

    def _look(self, late: float) -> None:
        self.turn(late)
        if self._idle_turns < _IDLE_TURNS:
            self._look_after(_TURN)
        else:
            self._next, self._room = None, _AT_ONCE


class _Fading:
    """A sum whose older parts fade within ``memory`` seconds."""

    def __init__(self, clock: Callable[[], float], memory: float = _MEMORY) -> None:
        self._clock, self._memory = clock, memory
        self._sum, self._at = 0.0, clock()

    @property
    def lately(self) -> float:
        """The sum as it is now."""
        now = self._clock()
        self._sum, self._at = self._sum * math.exp((self._at - now) / self._memory), now
        return self._sum

    def add(self, amount: float) -> None:
        """Add to the sum, which does not fall below 0."""
        self._sum = max(0.0, self.lately + amount)


class _Meter:
    """Measures how long a coroutine itself runs, without the time in which it waits."""

    def __init__(self) -> None:
        self.seconds = 0.0

    @coroutine
    def run(self, work: Coroutine[Any, Any, T]) -> Generator[Any, Any, T]:
        """The result of the work."""
        step: Callable[[Any], Any] = work.send
        value: Any = None
        while True:
            began = time.perf_counter()
            try:
                awaited = step(value)
            except StopIteration as end:
                result: T = end.value
                return result
            finally:
                self.seconds += time.perf_counter() - began
            try:
                value = yield awaited
                step = work.send
            except BaseException as error:  # noqa: BLE001 - the work's own to handle
                step, value = work.throw, error


def _refusal() -> Unavailable:
    """Not the same time for all, so that they do not come back together."""
    return Unavailable(
        "more attempts are being made than this service can begin at the moment",
        retry_after=_RETRY_AFTER + secrets.randbelow(_RETRY_AFTER + 1),
    )
