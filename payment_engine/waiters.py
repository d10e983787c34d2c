"""Requests that wait for a payment to change, without calling a gateway or holding a connection."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Coroutine, Mapping
from typing import Any

from payment_engine.db.errors import database_away

_POLL_SECONDS = 0.25

ReadVersions = Callable[[Collection[str]], Awaitable[Mapping[str, int]]]
Spawn = Callable[[Coroutine[Any, Any, None]], "asyncio.Task[None]"]


class Waiters:
    """The waiting requests of one process.

    A change made by this process wakes them through ``wake``. For changes of other processes one
    task polls on behalf of all of them, with one statement a turn.
    """

    def __init__(self, read_versions: ReadVersions, spawn: Spawn, *, limit: int = 2000) -> None:
        self.limit = limit
        """Beyond this many, a request is answered at once and its client asks again."""
        self._read_versions = read_versions
        self._spawn = spawn
        self._waiting: dict[str, dict[asyncio.Event, int]] = {}
        self._poll: asyncio.Task[None] | None = None
        self._stopping = False

    def __len__(self) -> int:
        """How many wait, for whichever payment."""
        return sum(map(len, self._waiting.values()))

    async def wait(self, payment_id: str, version: int, seconds: float) -> None:
        """Return as soon as the payment is at another version, or after ``seconds``."""
        if self._stopping or len(self) >= self.limit:
            return
        changed = asyncio.Event()
        self._waiting.setdefault(payment_id, {})[changed] = version
        if self._poll is None or self._poll.done():
            self._poll = self._spawn(self._poll_versions())
        try:
            async with asyncio.timeout(seconds):
                await changed.wait()
        except TimeoutError:
            pass
        finally:
            self._remove(payment_id, changed)

    def wake(self, payment_id: str, version: int) -> None:
        """Wake the requests that wait for this payment to leave another version than this."""
        for changed, waits_at in self._waiting.get(payment_id, {}).items():
            if version != waits_at:
                changed.set()

    def stop(self) -> None:
        """Answer every waiting request now, and later ones at once: the process is stopping."""
        self._stopping = True
        for events in self._waiting.values():
            for changed in events:
                changed.set()

    def _remove(self, payment_id: str, changed: asyncio.Event) -> None:
        self._waiting[payment_id].pop(changed)
        if not self._waiting[payment_id]:
            del self._waiting[payment_id]

    async def _poll_versions(self) -> None:
        while self._waiting:
            try:
                versions = await self._read_versions(list(self._waiting))
            except Exception as error:
                if not database_away(error):
                    raise
                versions = {}
            for payment_id, version in versions.items():
                self.wake(payment_id, version)
            await asyncio.sleep(_POLL_SECONDS)
