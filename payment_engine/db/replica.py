"""A standby for reads that may be stale: how old they are, and when they go to the primary instead.

The age comes from the heartbeats of processes, which the primary gets every two seconds and the
standby replays with everything else. So it also counts a standby that is cut off from its primary,
which has replayed all that it received.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from math import ceil, inf

import asyncpg
import structlog

from payment_engine.db.errors import database_away
from payment_engine.db.pool import Pool

_LATEST = "SELECT extract(epoch FROM max(heartbeat_at))::float8 AS at FROM process"
_FRESH = 1.0
"""Seconds for which a measurement counts."""
_AWAY = 5.0
"""The same for a standby that did not answer, so that not every read waits for it."""
_PATIENCE = 1.0
"""Seconds that a measurement may take."""

_log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class ReplicaAddress:
    """Where a standby is. ``lag_most``: the seconds by which it may be behind; ``primary_time``
    gives the time by the primary's clock, in seconds since 1970."""

    url: str
    lag_most: float = 30.0
    primary_time: Callable[[], float] = time.time


class Replica:
    """The connections to a standby. It is not read while it is more than ``most`` seconds behind.

    ``primary_time`` gives the time by the primary's clock, in seconds since 1970; ``monotonic``
    counts seconds.
    """

    def __init__(
        self,
        pool: Pool,
        *,
        most: float,
        primary_time: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.pool = pool
        self.most = most
        self._primary_time = primary_time
        self._monotonic = monotonic
        self._lag = 0.0
        self._measured_at = -inf

    async def lag(self) -> float:
        """Seconds by which it is behind at most, measured within the last second; infinite if it
        does not answer. Of one that is not behind it is the time since the last heartbeat."""
        lasts = _FRESH if self._lag < inf else _AWAY
        if self._monotonic() - self._measured_at >= lasts:
            self._record(await self._measure())
        return self._lag

    async def age(self) -> int | None:
        """How many seconds old reads are at most; None if it may not be read now."""
        lag = await self.lag()
        return ceil(lag) if lag <= self.most else None

    def away(self, error: Exception) -> None:
        """A read did not get an answer from it."""
        _log.warning("replica_not_read", error=type(error).__name__)

    async def _measure(self) -> float:
        try:
            async with asyncio.timeout(_PATIENCE):
                [row] = await self.pool.fetch(_LATEST)
        except Exception as error:
            if not (unread(error) or isinstance(error, asyncpg.PostgresError)):
                raise
            self.away(error)
            return inf
        return inf if row["at"] is None else max(self._primary_time() - row["at"], 0.0)

    def _record(self, lag: float) -> None:
        """The log has when it is first too far behind, and when no longer."""
        was_behind, behind = self._lag > self.most, lag > self.most
        if behind and not was_behind:
            _log.warning("replica_behind", seconds=lag)
        elif was_behind and not behind:
            _log.info("replica_read_again", seconds=lag)
        self._lag, self._measured_at = lag, self._monotonic()


def unread(error: BaseException) -> bool:
    """Whether a standby could not answer, where the primary may: it is away, or it ended the
    statement for what it had to replay."""
    return database_away(error) or isinstance(error, asyncpg.SerializationError)
