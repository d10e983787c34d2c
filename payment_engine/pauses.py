"""Kinds of jobs that people on call have paused, as this process last read them."""

import time
from collections.abc import Callable, Mapping
from datetime import datetime

STALE_AFTER = 1.0
"""Seconds after which what was read from the database is read again."""


class JobPauses:
    """Until when each paused kind is; read again at most once a second."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._until: Mapping[str, datetime] = {}
        self._read_at: float | None = None

    def stale(self) -> bool:
        """Whether they should be read again."""
        return self._read_at is None or self._monotonic() - self._read_at >= STALE_AFTER

    def update(self, until: Mapping[str, datetime]) -> None:
        """Replace what is known."""
        self._until, self._read_at = until, self._monotonic()

    def paused_until(self, kind: str, now: datetime) -> datetime | None:
        """Until when jobs of this kind wait; None if they do not."""
        until = self._until.get(kind)
        return until if until and until > now else None
