"""Which gateways are trusted with which methods: shared by every process, read once a second.

Only technical failures and timeouts count (RTE-2): a decline or a refusal is an answer. A lane
that fails opens; later one charge at a time probes it, and an answer closes it again.
"""

import time
from collections.abc import Awaitable
from datetime import timedelta

import structlog

from payment_engine import metrics
from payment_engine.db import routes
from payment_engine.db.errors import database_away
from payment_engine.domain.gateway import (
    ChargeState,
    GatewayFailure,
    Refused,
    Saturated,
)
from payment_engine.domain.routing import BreakerState, RouteKey, RoutingState, Trust
from payment_engine.engine import Engine

READ_EVERY = 1.0
"""Seconds for which a process steers by what it read."""
PROBE_LEASE = timedelta(seconds=60)
"""Longer than any charge: whoever probes past this is dead, and another may."""

_LEVELS: dict[Trust, int] = {"closed": 0, "half_open": 1, "open": 2}

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
    switches, breakers = await routes.read_routes(engine.db.connection)
    for route, breaker in breakers.items():
        metrics.breakers.labels(*route).set(_LEVELS[breaker.state])
    for lane, before in engine.routing_state.breakers.items():
        if before.state != "closed" and breakers.get(lane, BreakerState()).state == "closed":
            engine.lanes[lane].forget()
    engine.routing_state = RoutingState(
        switches=switches, breakers=breakers, read_at=time.monotonic()
    )


async def may_probe(engine: Engine, lane: RouteKey) -> bool:
    """Take the one probe that is due; of all who ask at once, one may."""
    won = await routes.take_probe(engine.db.connection, lane, engine.now(), PROBE_LEASE)
    if won:
        _log.info("breaker_probes", gateway=lane[0], method=lane[1].value)
        await read_anew(engine)
    return won


async def heard(engine: Engine, lane: RouteKey, word: ChargeState | GatewayFailure) -> None:
    """Learn from how a charge went; the table is written only where trust changes."""
    if isinstance(word, Saturated):
        return
    ok = isinstance(word, ChargeState | Refused)
    health = engine.lanes[lane]
    health.note(ok=ok)
    trusted = engine.routing_state.breakers.get(lane, BreakerState())
    if ok and trusted.state == "half_open":
        close = routes.close_breaker(engine.db.connection, lane, engine.now())
        await _write(engine, lane, close, "breaker_closed")
    elif not ok and (
        trusted.state == "half_open" or (trusted.state == "closed" and health.broken())
    ):
        backoff = routes.Backoff(first=timedelta(seconds=engine.settings.breaker_wait))
        stop = routes.open_breaker(engine.db.connection, lane, engine.now(), backoff)
        await _write(engine, lane, stop, "breaker_opened")


async def _write(engine: Engine, lane: RouteKey, write: Awaitable[bool], event: str) -> None:
    """A breaker that cannot be written costs no customer the answer about their money."""
    try:
        changed = await write
        await read_anew(engine)
    except Exception as error:
        if not database_away(error):
            raise
        return
    if changed:
        _log.warning(event, gateway=lane[0], method=lane[1].value)
