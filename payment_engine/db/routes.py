"""Route settings, breakers and downtimes: read together, each written only where it changes."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from payment_engine.db.connection import Connection
from payment_engine.domain.downtime import Downtime, Provider
from payment_engine.domain.payment_methods import Method
from payment_engine.domain.routing import (
    BreakerState,
    BreakerStatus,
    ProviderRoute,
    RouteKey,
    RouteSetting,
    RoutingState,
)

_DOWN = "down"
_READ = """
SELECT gateway AS name, method,
  CASE WHEN expires_at <= now() THEN later_enabled ELSE enabled END AS enabled,
  CASE WHEN expires_at <= now() THEN later_weight ELSE weight END AS weight,
  NULL AS state, NULL::timestamptz AS probe_at, 0 AS failures, NULL::timestamptz AS since,
  NULL AS provider FROM route
UNION ALL
SELECT gateway, method, NULL, NULL, state, probe_at, failures, NULL, NULL FROM breaker
UNION ALL
SELECT provider, method, NULL, NULL, 'down', probe_at, 0, since, NULL FROM downtime
WHERE ended_at IS NULL
UNION ALL
SELECT gateway, method, NULL, weight, NULL, NULL, 0, NULL, provider FROM provider_weight
WHERE expires_at IS NULL OR expires_at > now()
"""
"""A setting for a time gives way to the one before it."""
_OPEN = """
INSERT INTO breaker (gateway, method, state, failures, probe_at, changed_at)
VALUES ($1, $2, 'open', 1, $3::timestamptz + $4::interval, $3)
ON CONFLICT (gateway, method) DO UPDATE SET state = 'open', changed_at = $3,
  failures = breaker.failures + 1,
  probe_at = $3::timestamptz + least($4::interval * (1 << least(breaker.failures, $6)), $5)
WHERE breaker.state <> 'open'
RETURNING state
"""
_PROBE = """
UPDATE breaker SET state = 'half_open', probe_at = $3::timestamptz + $4::interval, changed_at = $3
WHERE gateway = $1 AND method = $2 AND state <> 'closed' AND probe_at <= $3 RETURNING state
"""
_GIVE_BACK = """
UPDATE breaker SET state = 'open', probe_at = $3, changed_at = $3
WHERE gateway = $1 AND method = $2 AND state = 'half_open'
"""
_CLOSE = """
UPDATE breaker SET state = 'closed', failures = 0, probe_at = NULL, changed_at = $3
WHERE gateway = $1 AND method = $2 AND state <> 'closed' RETURNING state
"""
_SET = """
INSERT INTO route AS r (gateway, method, enabled, weight, reason, changed_by, changed_at,
  expires_at, later_enabled, later_weight)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (gateway, method) DO UPDATE SET enabled = excluded.enabled, weight = excluded.weight,
  reason = excluded.reason, changed_by = excluded.changed_by, changed_at = excluded.changed_at,
  expires_at = excluded.expires_at,
  later_enabled = CASE WHEN r.expires_at > now() THEN r.later_enabled
    ELSE excluded.later_enabled END,
  later_weight = CASE WHEN r.expires_at > now() THEN r.later_weight ELSE excluded.later_weight END
"""

_WEIGH = """
INSERT INTO provider_weight (gateway, method, provider, weight, reason, changed_by, changed_at,
  expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (gateway, method, provider) DO UPDATE SET weight = excluded.weight,
  reason = excluded.reason, changed_by = excluded.changed_by, changed_at = excluded.changed_at,
  expires_at = excluded.expires_at
"""
_WEIGH_AS_ROUTE = """
DELETE FROM provider_weight WHERE gateway = $1 AND method = $2 AND provider = $3
"""


@dataclass(frozen=True, kw_only=True)
class Backoff:
    """How long a breaker stays open: ``first``, doubled at each failure in a row, ``longest`` at
    most."""

    first: timedelta
    longest: timedelta = timedelta(minutes=10)
    most_doublings: int = 10


async def read_routes(db: Connection) -> RoutingState:
    """Every route that was ever set, every breaker that was ever open, and what is down now."""
    settings: dict[RouteKey, RouteSetting] = {}
    breakers: dict[RouteKey, BreakerState] = {}
    downtimes: dict[Provider, Downtime] = {}
    weights: dict[ProviderRoute, int] = {}
    for row in await db.execute_query_dict(_READ):
        method = Method(row["method"])
        route = (row["name"], method)
        if row["state"] == _DOWN:
            downtimes[method, row["name"]] = Downtime(row["since"], row["probe_at"])
        elif row["provider"]:
            weights[*route, row["provider"]] = row["weight"]
        elif row["state"] is None:
            settings[route] = RouteSetting(enabled=row["enabled"], weight=row["weight"])
        else:
            breakers[route] = BreakerState(
                state=BreakerStatus(row["state"]),
                probe_at=row["probe_at"],
                failures=row["failures"],
            )
    return RoutingState(
        settings=settings, breakers=breakers, downtimes=downtimes, provider_weights=weights
    )


async def set_route(
    db: Connection,
    route: RouteKey,
    setting: RouteSetting,
    *,
    before: RouteSetting,
    expires_at: datetime | None,
    reason: str,
    changed_by: str | None,
    now: datetime,
) -> None:
    """Enable, disable or weigh a route; until ``expires_at``, if that is given, and then as it was
    ``before``."""
    later = (expires_at, before.enabled, before.weight)
    values = [*route, setting.enabled, setting.weight, reason, changed_by, now, *later]
    await db.execute_query(_SET, values)


async def set_provider_weight(
    db: Connection,
    route: ProviderRoute,
    weight: int,
    *,
    expires_at: datetime | None,
    reason: str,
    changed_by: str | None,
    now: datetime,
) -> None:
    """Weigh a route apart for a provider, until ``expires_at`` if that is given."""
    values = [*route, weight, reason, changed_by, now, expires_at]
    await db.execute_query(_WEIGH, values)


async def remove_provider_weight(db: Connection, route: ProviderRoute) -> None:
    """Weigh a provider as the route again."""
    await db.execute_query(_WEIGH_AS_ROUTE, list(route))


async def open_breaker(db: Connection, route: RouteKey, now: datetime, backoff: Backoff) -> bool:
    """Open a route's breaker; returns whether this call opened it."""
    values = [*route, now, backoff.first, backoff.longest, backoff.most_doublings]
    return bool(await db.execute_query_dict(_OPEN, values))


async def take_probe(db: Connection, route: RouteKey, now: datetime, lease: timedelta) -> bool:
    """Take an open breaker's probe, if it is due; of concurrent callers, one gets it."""
    return bool(await db.execute_query_dict(_PROBE, [*route, now, lease]))


async def give_back_probe(db: Connection, route: RouteKey, now: datetime) -> None:
    """Let the next charge probe: the one that took the probe is not made."""
    await db.execute_query(_GIVE_BACK, [*route, now])


async def close_breaker(db: Connection, route: RouteKey, now: datetime) -> bool:
    """Close a route's breaker; returns whether this call closed it."""
    return bool(await db.execute_query_dict(_CLOSE, [*route, now]))
