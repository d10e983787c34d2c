"""How often somebody may do something: moving windows, counted by this process in memory."""

import math
import time

from limits import parse_many
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from payment_engine.domain.errors import TooManyRequests


class Throttle:
    """Counts by rate, such as ``10/minute;60/day``, and by who."""

    def __init__(self) -> None:
        self._windows = MovingWindowRateLimiter(MemoryStorage())

    def count(self, rates: str, *who: str) -> None:
        """Count one time; raises TooManyRequests where it was one too many."""
        for rate in parse_many(rates):
            if not self._windows.hit(rate, *who):
                until = self._windows.get_window_stats(rate, *who).reset_time
                raise TooManyRequests(retry_after=max(1, math.ceil(until - time.time())))
