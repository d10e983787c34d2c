"""Requests that wait for a payment to change, without calling a gateway or holding a connection."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Coroutine, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from payment_engine.db.errors import database_away

_LOOK_SECONDS = 0.25
"""Between two looks at everything that is waited for."""
_FIRST_LOOK_SECONDS = 0.05
"""Until the first look at a payment; those that arrive meanwhile share it."""
_CERTAIN_SECONDS = 1.0
"""For so long after a look nothing is said to be unchanged without another one."""

ReadVersions = Callable[[Collection[str]], Awaitable[Mapping[str, int]]]
Spawn = Callable[[Coroutine[Any, Any, None]], "asyncio.Task[None]"]


class Waited(StrEnum):
    """How a wait ended. ``PERHAPS_CHANGED``: only another read tells; ``REFUSED``: too many wait,
    or the process stops."""

    PERHAPS_CHANGED = "perhaps_changed"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


@dataclass(eq=False)
class _Waiter:
    """One waiting request: since when by the loop's clock, and the version it knows."""

    version: int
    since: float
    changed: asyncio.Event = field(default_factory=asyncio.Event)


class Waiters:
    """The waiting requests of one process.

    A change made by this process wakes them through ``wake``. For changes of other processes one
    task looks on behalf of all of them, with one statement a turn.
    """

    def __init__(self, read_versions: ReadVersions, spawn: Spawn, *, limit: int = 2000) -> None:
        self.limit = limit
        """Beyond this many, a request is refused."""
        self._read_versions = read_versions
        self._spawn = spawn
        self._waiting: dict[str, set[_Waiter]] = {}
        self._by_token: Counter[str] = Counter()
        self._count = 0
        self._new: set[str] = set()
        """Payments that no look has covered yet."""
        self._looked = 0.0
        """When the last look that was answered began."""
        self._looking: asyncio.Task[None] | None = None
        self._stopping = False

    def __len__(self) -> int:
        """How many wait, for whichever payment."""
        return self._count

    async def wait(
        self, payment_id: str, version: int, seconds: float, *, token: str, most: int
    ) -> Waited:
        """Return as soon as the payment is at another version, or after ``seconds``.

        ``token``: whose request this is; ``most`` of them may wait at once.
        """
        full = self._count >= self.limit or self._by_token[token] >= most
        if self._stopping or full:
            return Waited.REFUSED
        waiter = _Waiter(version, asyncio.get_running_loop().time())
        self._add(payment_id, token, waiter)
        try:
            async with asyncio.timeout(seconds):
                await waiter.changed.wait()
            return Waited.REFUSED if self._stopping else Waited.PERHAPS_CHANGED
        except TimeoutError:
            return Waited.UNCHANGED if self._covered(waiter) else Waited.PERHAPS_CHANGED
        finally:
            self._remove(payment_id, token, waiter)

    def wake(self, payment_id: str, version: int) -> None:
        """Wake the requests that wait for this payment to leave another version than this."""
        for waiter in self._waiting.get(payment_id, ()):
            if version != waiter.version:
                waiter.changed.set()

    def stop(self) -> None:
        """Answer every waiting request now, and refuse later ones: the process is stopping."""
        self._stopping = True
        for waiters in self._waiting.values():
            for waiter in waiters:
                waiter.changed.set()

    def _add(self, payment_id: str, token: str, waiter: _Waiter) -> None:
        self._waiting.setdefault(payment_id, set()).add(waiter)
        self._new.add(payment_id)
        self._by_token[token] += 1
        self._count += 1
        if self._looking is None or self._looking.done():
            self._looking = self._spawn(self._look())

    def _remove(self, payment_id: str, token: str, waiter: _Waiter) -> None:
        self._waiting[payment_id].remove(waiter)
        if not self._waiting[payment_id]:
            del self._waiting[payment_id]
            self._new.discard(payment_id)
        self._count -= 1
        self._by_token[token] -= 1
        if not self._by_token[token]:
            del self._by_token[token]

    def _covered(self, waiter: _Waiter) -> bool:
        """Whether a recent look found the payment at the version of this waiter."""
        now = asyncio.get_running_loop().time()
        return self._looked >= max(waiter.since, now - _CERTAIN_SECONDS)

    async def _look(self) -> None:
        """Look at everything that is waited for, and between two such looks at what is new."""
        loop = asyncio.get_running_loop()
        while self._waiting:
            now = loop.time()
            try:
                if now >= self._looked + _LOOK_SECONDS:
                    await self._look_at(list(self._waiting), now)
                    self._looked = now
                elif self._new:
                    await self._look_at(list(self._new), now)
            except Exception as error:
                if not database_away(error):
                    raise
                await asyncio.sleep(_LOOK_SECONDS)
            await asyncio.sleep(_FIRST_LOOK_SECONDS)

    async def _look_at(self, payment_ids: list[str], now: float) -> None:
        """One statement. It wakes who waited before it, since others may know a later version;
        also who waits for a payment that does not exist."""
        self._new.clear()
        versions = await self._read_versions(payment_ids)
        for payment_id in payment_ids:
            for waiter in self._waiting.get(payment_id, ()):
                if waiter.since <= now and versions.get(payment_id) != waiter.version:
                    waiter.changed.set()
