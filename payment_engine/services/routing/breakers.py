"""Which gateways are trusted with which methods: shared by every process, read once a second.

Only technical failures and timeouts count (RTE-2): a decline or a refusal is an answer. A lane
that fails opens; later one charge at a time probes it, and an answer closes it again.
"""

import time
from datetime import timedelta

import structlog
from tortoise import connections

from payment_engine import metrics
from payment_engine.db.errors import database_away
from payment_engine.domain.gateway import (
    ChargeState,
    GatewayFailure,
    Method,
    Refused,
    Saturated,
)
from payment_engine.domain.routing import BreakerState, RouteKey, RouteSetting, RoutingState, Trust
from payment_engine.engine import Engine

READ_EVERY = 1.0
"""Seconds for which a process steers by what it read."""
PROBE_LEASE = timedelta(seconds=60)
"""Longer than any charge: whoever probes past this is dead, and another may."""
_LONGEST_WAIT = timedelta(minutes=10)
_MOST_DOUBLED = 10

_LEVELS: dict[Trust, int] = {"closed": 0, "half_open": 1, "open": 2}

_READ = """
SELECT gateway, method, enabled, weight, NULL AS state, NULL AS probe_at, 0 AS failures FROM route
UNION ALL
SELECT gateway, method, NULL, NULL, state, probe_at, failures FROM breaker
"""
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
_CLOSE = """
UPDATE breaker SET state = 'closed', failures = 0, probe_at = NULL, changed_at = $3
WHERE gateway = $1 AND method = $2 AND state <> 'closed' RETURNING state
"""

_log = structlog.get_logger()


async def routing_state(engine: Engine) -> RoutingState:
    """What every lane is set to and trusted with, a second old at most.

    While the database is away it is what was read last.
    """
    now, known = time.monotonic(), engine.routing_state
    if known.read_at is None or now - known.read_at >= READ_EVERY:
        known.read_at = now
        try:
            await read_anew(engine)
        except Exception as error:
            if not database_away(error):
                raise
            _log.warning("steering_not_read", error=type(error).__name__)
    return engine.routing_state


def cached_routing_state(engine: Engine) -> RoutingState:
    """The same without waiting: what is out of date is read behind the caller's back."""
    now, known = time.monotonic(), engine.routing_state
    if known.read_at is None or now - known.read_at >= READ_EVERY:
        engine.critical.spawn(routing_state(engine))
    return known


async def read_anew(engine: Engine) -> None:
    """Read it now, because it was just changed."""
    rows = await connections.get("default").execute_query_dict(_READ)
    switches, breakers = {}, {}
    for row in rows:
        lane = (row["gateway"], Method(row["method"]))
        if row["state"] is None:
            switches[lane] = RouteSetting(enabled=row["enabled"], weight=row["weight"])
        else:
            trusted = {name: row[name] for name in ("state", "probe_at", "failures")}
            breakers[lane] = BreakerState(**trusted)
            metrics.breakers.labels(*lane).set(_LEVELS[row["state"]])
    for lane, before in engine.routing_state.breakers.items():
        if before.state != "closed" and breakers.get(lane, BreakerState()).state == "closed":
            engine.lanes[lane].forget()
    engine.routing_state = RoutingState(
        switches=switches, breakers=breakers, read_at=time.monotonic()
    )


async def may_probe(engine: Engine, lane: RouteKey) -> bool:
    """Take the one probe that is due; of all who ask at once, one may."""
    values = [lane[0], lane[1].value, engine.now(), PROBE_LEASE]
    won = await connections.get("default").execute_query_dict(_PROBE, values)
    if won:
        _log.info("breaker_probes", gateway=lane[0], method=lane[1].value)
        await read_anew(engine)
    return bool(won)


async def heard(engine: Engine, lane: RouteKey, word: ChargeState | GatewayFailure) -> None:
    """Learn from how a charge went; the table is written only where trust changes."""
    if isinstance(word, Saturated):
        return
    ok = isinstance(word, ChargeState | Refused)
    health = engine.lanes[lane]
    health.note(ok=ok)
    trusted = engine.routing_state.breakers.get(lane, BreakerState())
    if ok and trusted.state == "half_open":
        await _write(engine, lane, _CLOSE, [engine.now()], "breaker_closed")
    elif not ok and (
        trusted.state == "half_open" or (trusted.state == "closed" and health.broken())
    ):
        wait = timedelta(seconds=engine.settings.breaker_wait)
        values = [engine.now(), wait, _LONGEST_WAIT, _MOST_DOUBLED]
        await _write(engine, lane, _OPEN, values, "breaker_opened")


async def _write(
    engine: Engine, lane: RouteKey, statement: str, values: list[object], event: str
) -> None:
    """A breaker that cannot be written costs no customer the answer about their money."""
    try:
        database = connections.get("default")
        changed = await database.execute_query_dict(statement, [lane[0], lane[1].value, *values])
        await read_anew(engine)
    except Exception as error:
        if not database_away(error):
            raise
        return
    if changed:
        _log.warning(event, gateway=lane[0], method=lane[1].value)
