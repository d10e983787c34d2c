"""Which gateway takes a charge: pure values and a choice that is the same for the same attempt."""

import hashlib
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import accumulate
from typing import Any, Literal

from payment_engine.domain.gateway import Method

RouteKey = tuple[str, Method]
"""A gateway for a method: what is switched, weighed and trusted as one."""
Trust = Literal["closed", "open", "half_open"]

USUAL_WEIGHT = 100
SHARE = {"up": 100, "fluctuating": 25, "down": 5}
"""Percent of its weight that a lane in this health keeps: enough to see that it mended (RTE-1)."""


@dataclass(frozen=True, kw_only=True)
class RouteSetting:
    """A lane as people on call have set it."""

    enabled: bool = True
    weight: int = USUAL_WEIGHT


@dataclass(frozen=True, kw_only=True)
class BreakerState:
    """A lane's breaker: charges pass while it is closed, one probes once ``probe_at`` has come."""

    state: Trust = "closed"
    probe_at: datetime | None = None
    failures: int = 0
    """How often in a row it opened without an answer between."""

    def admits(self, now: datetime) -> Literal["all", "probe", "none"]:
        """What may pass."""
        if self.state == "closed":
            return "all"
        return "probe" if self.probe_at is not None and self.probe_at <= now else "none"


@dataclass(kw_only=True)
class RoutingState:
    """What every process knows of every lane; a lane that is not named is as usual."""

    switches: Mapping[RouteKey, RouteSetting] = field(default_factory=dict)
    breakers: Mapping[RouteKey, BreakerState] = field(default_factory=dict)
    read_at: float | None = None
    """When it was read, in seconds of the process's own clock; None: never."""


@dataclass(frozen=True)
class Candidate:
    """One gateway that a charge might go to, and why it was left out if it was."""

    gateway: str
    weight: int
    health: str
    breaker: str
    left_out: str | None = None


@dataclass(frozen=True, kw_only=True)
class Decision:
    """Where a charge goes, where it would go next, and all that led to it."""

    order: tuple[str, ...]
    candidates: tuple[Candidate, ...] = ()
    probes: frozenset[str] = field(default=frozenset())
    """Gateways of the order that take this charge as their probe only."""

    def inputs(self, chosen: str) -> dict[str, Any]:
        """What is kept of it with the attempt."""
        return {
            "chosen": chosen,
            "order": list(self.order),
            "candidates": [vars(each) for each in self.candidates],
        }


def ranked(seed: str, weights: Mapping[str, int]) -> tuple[str, ...]:
    """The names in the order to try them: by chance in proportion to weight, fixed by the seed.

    Weight 0 is never tried before any other.
    """
    left = sorted((name, weight) for name, weight in weights.items() if weight > 0)
    rest = sorted(name for name, weight in weights.items() if weight <= 0)
    order = []
    for turn in range(len(left)):
        place = _draw(f"{seed}:{turn}", sum(weight for _, weight in left))
        ends = list(accumulate(weight for _, weight in left))
        order.append(left.pop(bisect_right(ends, place))[0])
    return (*order, *rest)


def _draw(seed: str, below: int) -> int:
    return int.from_bytes(hashlib.sha256(seed.encode()).digest()[:8]) % below
