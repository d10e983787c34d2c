"""Rates that processes share without a statement on any request: each leases a part of them ahead.

A row for each window says how much of it is leased. Uses are paid from the part that this process
has leased; before the first lease arrives, a few are lent. Once all of it is leased, or the window
was never reached because the database is away and the process has lent all of it by itself, further
uses are refused.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

import structlog
from cachetools import LRUCache

_MOST_WINDOWS = 50_000
_LEAST_LENT = 5
"""Uses that a process lends before its first lease, at least: a lease takes milliseconds."""
_LEASE_SECONDS = 2.0
"""A lease that takes longer counts as failed."""
_RETRY_SECONDS = 5.0
"""How long the database is left alone after a lease that failed."""

_log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class Window:
    """One window of one rate: ``most`` uses until a time; the same id in every process."""

    id: str
    until: datetime
    most: int
    name: str
    """What is counted, for metrics and for who is counted."""
    seconds: int = 0
    """How long the window is."""


@dataclass(frozen=True, kw_only=True)
class Lease:
    """So many uses that are requested of a window."""

    until: datetime
    uses: int


class Usage(Enum):
    """What became of one use."""

    COUNTED = "counted"
    NOT_YET = "not_yet"
    """A lease is under way: in a moment it is known whether something is left."""
    USED_UP = "used_up"


Leasing = Callable[[Mapping[str, Lease]], Awaitable[Mapping[str, int]]]
"""Leases of several windows, by id; returns how much of each is leased by then, to anybody."""
Spawn = Callable[[Coroutine[Any, Any, None]], object]


@dataclass
class _Share:
    """What this process has of one window."""

    window: Window
    left: int = 0
    """Leased and not used."""
    lent: int = 0
    """Used before it was leased."""
    exhausted: bool = False
    """Nothing of the window is left to lease."""

    @property
    def part(self) -> int:
        """How much is leased at a time: a tenth, so that every process gets some."""
        return max(1, self.window.most // 10)

    def needs_more(self) -> bool:
        return not self.exhausted and self.left < (self.part + 1) // 2

    def granted(self, requested: int, leased: int) -> None:
        """``requested`` uses are the last of ``leased``; those beyond the rate are not given."""
        got = max(0, min(requested, self.window.most - (leased - requested)))
        repaid = min(got, self.lent)
        self.lent -= repaid
        self.left += got - repaid
        self.exhausted = got < requested


class LeasedRates:
    """The rates of one process. ``clock`` counts seconds, monotonically."""

    def __init__(
        self,
        leasing: Leasing,
        spawn: Spawn,
        *,
        clock: Callable[[], float] = time.monotonic,
        lease_seconds: float = _LEASE_SECONDS,
        most_windows: int = _MOST_WINDOWS,
    ) -> None:
        self._leasing = leasing
        self._spawn = spawn
        self._clock = clock
        self._lease_seconds = lease_seconds
        self._shares: LRUCache[str, _Share] = LRUCache(most_windows)
        self._requested: dict[str, _Share] = {}
        self._running = False
        self._alone = False
        self._retry_at = 0.0

    def use(self, window: Window) -> Usage:
        """Use the window once, if something of it is left."""
        share = self._shares.get(window.id)
        if share is None:
            share = self._shares[window.id] = _Share(window)
        usage = self._use(share)
        if share.needs_more():
            self._request(share)
        return usage

    def _use(self, share: _Share) -> Usage:
        if share.left:
            share.left -= 1
            return Usage.COUNTED
        most = share.window.most
        lendable = most if self._alone else min(most, max(_LEAST_LENT, share.part))
        if share.exhausted or share.lent >= most:
            return Usage.USED_UP
        if share.lent >= lendable:
            return Usage.NOT_YET
        share.lent += 1
        return Usage.COUNTED

    def _request(self, share: _Share) -> None:
        self._requested[share.window.id] = share
        if not self._running and self._clock() >= self._retry_at:
            self._running = True
            self._spawn(self._lease_requested())

    async def _lease_requested(self) -> None:
        """Lease for all windows that want more, in one statement; and again for those since."""
        try:
            while self._requested:
                shares, self._requested = self._requested, {}
                requested = {
                    window_id: Lease(until=share.window.until, uses=share.part + share.lent)
                    for window_id, share in shares.items()
                }
                async with asyncio.timeout(self._lease_seconds):
                    leased = await self._leasing(requested)
                for window_id, share in shares.items():
                    share.granted(requested[window_id].uses, leased[window_id])
                self._recovered()
        except Exception as error:  # noqa: BLE001 - whatever it is, each process goes on alone
            self._failed(error)
        finally:
            self._running = False

    def _recovered(self) -> None:
        if self._alone:
            _log.info("rates_shared_again")
        self._alone = False

    def _failed(self, error: Exception) -> None:
        if not self._alone:
            _log.warning("rates_not_shared", error=type(error).__name__)
        self._alone = True
        self._retry_at = self._clock() + _RETRY_SECONDS
