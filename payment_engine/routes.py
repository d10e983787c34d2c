"""What one process knows of every route: its setting, its breaker, and how its charges went."""

import time
from collections import defaultdict
from collections.abc import Callable

from payment_engine.domain.downtime import Provider
from payment_engine.domain.routing import RouteKey, RoutingState
from payment_engine.gateways.health import Health

STALE_AFTER = 1.0
"""Seconds after which what was read from the database is read again."""


class Routes:
    """Settings and breakers are shared by all processes; the health is this process's own."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.state = RoutingState()
        """As last read from the database."""
        self._monotonic = monotonic
        self._read_at: float | None = None
        self._judged_at: dict[Provider, float] = {}
        self._health: defaultdict[RouteKey, Health] = defaultdict(lambda: Health(monotonic))

    def health(self, route: RouteKey) -> Health:
        """How well charges of this process went through a route."""
        return self._health[route]

    def stale(self) -> bool:
        """Whether the state should be read again."""
        return self._read_at is None or self._monotonic() - self._read_at >= STALE_AFTER

    def reading(self) -> None:
        """Somebody reads the state again: it is not stale meanwhile."""
        self._read_at = self._monotonic()

    def may_judge(self, provider: Provider) -> bool:
        """Whether it is time to judge again if a provider is down."""
        now, last = self._monotonic(), self._judged_at.get(provider)
        if last is not None and now - last < STALE_AFTER:
            return False
        self._judged_at[provider] = now
        return True

    def update(self, state: RoutingState) -> None:
        """Replace the state; where a breaker closed, earlier failures count no longer."""
        previous, self.state = self.state, state
        self._read_at = self._monotonic()
        for route, breaker in previous.breakers.items():
            if not breaker.closed and self.state.breaker(route).closed:
                self._health[route].forget()
