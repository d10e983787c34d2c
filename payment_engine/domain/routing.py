"""Which gateway takes a charge: pure values, and a draw that is the same for the same attempt."""

import hashlib
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from itertools import accumulate
from typing import Any, Literal

from payment_engine.domain.downtime import Downtime, Provider
from payment_engine.domain.payment_methods import Method

RouteKey = tuple[str, Method]
"""A gateway for a method: what is enabled, weighed and trusted as one."""
ProviderRoute = tuple[str, Method, str]
"""A gateway for a method and one bank, UPI app, wallet or card network: what is weighed apart."""
Admission = Literal["all", "probe", "none"]

USUAL_WEIGHT = 100
SHARE = {"up": 100, "fluctuating": 25, "down": 5}
"""Percent of its weight that a route of this health keeps: enough to see that it recovered."""


class BreakerStatus(StrEnum):
    """Whether charges pass a route: all of them, none, or one that probes it."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


@dataclass(frozen=True, kw_only=True)
class RouteSetting:
    """A route as on-call staff set it."""

    enabled: bool = True
    weight: int = USUAL_WEIGHT


@dataclass(frozen=True, kw_only=True)
class Weight:
    """How much of the charges a gateway takes, and the rule that says so: the route's or provider's
    name as on-call staff set it, else ``configured`` or ``usual``."""

    value: int
    rule: str


@dataclass(frozen=True, kw_only=True)
class BreakerState:
    """A route's breaker: all charges pass while it is closed, one from ``probe_at`` on."""

    state: BreakerStatus = BreakerStatus.CLOSED
    probe_at: datetime | None = None
    failures: int = 0
    """How often it opened since the last success."""

    @property
    def closed(self) -> bool:
        """Whether all charges pass."""
        return self.state is BreakerStatus.CLOSED

    def admits(self, now: datetime) -> Admission:
        """Which charges may pass."""
        if self.closed:
            return "all"
        return "probe" if self.probe_at is not None and self.probe_at <= now else "none"


_ENABLED, _CLOSED = RouteSetting(), BreakerState()


@dataclass(frozen=True, kw_only=True)
class RoutingState:
    """Settings and breakers by route; a route that is not named is enabled and closed."""

    settings: Mapping[RouteKey, RouteSetting] = field(default_factory=dict)
    breakers: Mapping[RouteKey, BreakerState] = field(default_factory=dict)
    downtimes: Mapping[Provider, Downtime] = field(default_factory=dict)
    """The banks, UPI apps and wallets that are down."""
    provider_weights: Mapping[ProviderRoute, int] = field(default_factory=dict)
    """The routes that are weighed apart for a bank, UPI app, wallet or card network."""

    def weight(self, route: RouteKey, provider: str | None, configured: int | None) -> Weight:
        """A route's weight for a provider, by the most specific rule there is."""
        gateway, method = route
        own = self.provider_weights.get((gateway, method, provider)) if provider else None
        if own is not None:
            return Weight(value=own, rule=f"{gateway}/{method}/{provider}")
        if route in self.settings:
            return Weight(value=self.settings[route].weight, rule=f"{gateway}/{method}")
        if configured is not None:
            return Weight(value=configured, rule="configured")
        return Weight(value=USUAL_WEIGHT, rule="usual")

    def setting(self, route: RouteKey) -> RouteSetting:
        """How a route is set."""
        return self.settings.get(route, _ENABLED)

    def breaker(self, route: RouteKey) -> BreakerState:
        """A route's breaker."""
        return self.breakers.get(route, _CLOSED)


@dataclass(frozen=True)
class Candidate:
    """One gateway that a charge might go to, and why it was left out if it was."""

    gateway: str
    weight: int
    health: str
    breaker: str
    left_out: str | None = None
    rule: str = "usual"
    """Which rule its weight is by, before its health and what the charge needs are counted."""


@dataclass(frozen=True, kw_only=True)
class Decision:
    """Where a charge goes, where it would go next, and what led to that."""

    order: tuple[str, ...]
    candidates: tuple[Candidate, ...] = ()
    probes: frozenset[str] = field(default=frozenset())
    """Gateways of the order whose open breaker lets this charge pass only as its probe."""

    def inputs(self, chosen: str) -> dict[str, Any]:
        """What the attempt's history records of it."""
        return {
            "chosen": chosen,
            "rule": next((e.rule for e in self.candidates if e.gateway == chosen), None),
            "order": list(self.order),
            "candidates": [vars(each) for each in self.candidates],
        }


def shares(weights: Mapping[str, int]) -> dict[str, int]:
    """The whole percent of charges that each name gets first, as ``ranked`` orders them."""
    total = sum(weights.values())
    if total == 0:
        return {name: 100 if name == min(weights) else 0 for name in weights}
    return {name: 100 * weight // total for name, weight in weights.items()}


def ranked(seed: str, weights: Mapping[str, int]) -> tuple[str, ...]:
    """The names in the order to try them: at random in proportion to weight, fixed by the seed.

    Weight 0 comes after every other.
    """
    weighed = sorted((name, weight) for name, weight in weights.items() if weight > 0)
    rest = sorted(name for name, weight in weights.items() if weight <= 0)
    order = []
    for turn in range(len(weighed)):
        drawn = _draw(f"{seed}:{turn}", sum(weight for _, weight in weighed))
        ends = list(accumulate(weight for _, weight in weighed))
        order.append(weighed.pop(bisect_right(ends, drawn))[0])
    return (*order, *rest)


def _draw(seed: str, below: int) -> int:
    return int.from_bytes(hashlib.sha256(seed.encode()).digest()[:8]) % below
