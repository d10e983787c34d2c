"""Rate limits: moving windows, counted by this process in memory."""

import math
import time

from limits import parse_many
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from payment_engine.domain.errors import TooManyRequests


class Throttle:
    """Rate limits such as ``10/minute;60/day``, counted per caller."""

    def __init__(self) -> None:
        self._windows = MovingWindowRateLimiter(MemoryStorage())

    def count(self, rates: str, *key: str) -> None:
        """Count one call for this key; raises TooManyRequests if it exceeds a rate."""
        for rate in parse_many(rates):
            if not self._windows.hit(rate, *key):
                until = self._windows.get_window_stats(rate, *key).reset_time
                raise TooManyRequests(retry_after=max(1, math.ceil(until - time.time())))
