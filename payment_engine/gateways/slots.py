"""How many calls of one gateway are in flight at once."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from payment_engine.domain.gateway import Saturated


class Slots:
    """So many calls at once; at most ``most_waiting`` wait for a slot, ``wait`` seconds each.

    Nobody waits where that is known to be in vain: no call has begun or ended for so long.
    """

    def __init__(
        self,
        count: int,
        *,
        most_waiting: int,
        wait: float,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.count = count
        self._free = asyncio.Semaphore(count)
        self._most_waiting = most_waiting
        self._wait = wait
        self._waiting = 0
        self._monotonic = monotonic
        self._moved_at = monotonic()
        """When a call began or ended last."""

    @property
    def full(self) -> bool:
        """Whether one more could not even wait."""
        stuck = self._monotonic() - self._moved_at > self._wait
        return self._free.locked() and (stuck or self._waiting >= self._most_waiting)

    @asynccontextmanager
    async def one(self) -> AsyncIterator[None]:
        """Have a slot for the length of the body. Raises Saturated."""
        if self.full:
            raise Saturated("too many calls are waiting already")
        await self._take()
        try:
            yield
        finally:
            self._free.release()
            self._moved_at = self._monotonic()

    async def _take(self) -> None:
        self._waiting += 1
        try:
            async with asyncio.timeout(self._wait):
                await self._free.acquire()
        except TimeoutError as error:
            raise Saturated("too many calls are in flight") from error
        finally:
            self._waiting -= 1
        self._moved_at = self._monotonic()
