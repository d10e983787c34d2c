"""Breakers: which gateways are trusted with which methods, shared by every process.

Technical failures, timeouts and refusals of our key count; a decline or a refusal of the request
is an answer. A route that fails is opened; later one charge at a time probes it, and an answer
closes it again.
"""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import structlog

from payment_engine.db.errors import database_away
from payment_engine.db.routes import Backoff
from payment_engine.domain.gateway import (
    ChargeOutcome,
    ChargeState,
    FailureCause,
    GatewayFailure,
    Refused,
    Saturated,
    Unconfirmed,
)
from payment_engine.domain.routing import BreakerStatus, RouteKey, RoutingState
from payment_engine.engine import Engine

PROBE_LEASE = timedelta(seconds=60)
"""Longer than any charge: a process that probes past this is dead, and another may probe."""

_log = structlog.get_logger()


async def routing_state(engine: Engine) -> RoutingState:
    """The setting and breaker of every route, at most a second old.

    While the database is unreachable, it is what was read last.
    """
    if engine.routes.stale():
        engine.routes.reading()
        try:
            await refresh_routes(engine)
        except Exception as error:
            if not database_away(error):
                raise
            _log.warning("routes_not_read", error=type(error).__name__)
    return engine.routes.state


def cached_routing_state(engine: Engine) -> RoutingState:
    """The same without waiting: a stale state is used, and read again in the background."""
    if engine.routes.stale():
        engine.critical.spawn(routing_state(engine))
    return engine.routes.state


async def refresh_routes(engine: Engine) -> None:
    """Read the state now, because it was just changed."""
    engine.routes.update(await engine.work.read_routes())


async def take_probe(engine: Engine, route: RouteKey) -> bool:
    """Take the one probe that is due; of concurrent callers, one gets it."""
    taken = await engine.work.take_probe(route, engine.now(), PROBE_LEASE)
    if taken:
        _log.info("breaker_probes", gateway=route[0], method=route[1].value)
        await refresh_routes(engine)
    return taken


async def give_back_probe(engine: Engine, route: RouteKey) -> None:
    """The charge that took the probe is not made: another one may probe at once."""
    await engine.work.give_back_probe(route, engine.now())
    await refresh_routes(engine)


async def record_outcome(engine: Engine, route: RouteKey, outcome: ChargeOutcome) -> None:
    """Record how a charge went; the database is written only if the breaker changes."""
    if isinstance(outcome, Saturated):
        return
    answered = isinstance(outcome, ChargeState) or _is_about_the_request(outcome)
    health = engine.routes.health(route)
    health.note(ok=answered)
    state = engine.routes.state.breaker(route).state
    probed = state is BreakerStatus.HALF_OPEN
    if answered and probed:
        await _move(engine, route, _close)
    elif not answered and (probed or (state is BreakerStatus.CLOSED and health.broken())):
        await _move(engine, route, _open)


def _is_about_the_request(failure: GatewayFailure) -> bool:
    """Whether a gateway that works refuses this charge; not too many calls, and not our key."""
    refused = isinstance(failure, Refused | Unconfirmed)
    return refused and failure.cause not in (FailureCause.THROTTLED, FailureCause.UNAUTHORIZED)


async def _close(engine: Engine, route: RouteKey) -> str | None:
    closed = await engine.work.close_breaker(route, engine.now())
    return "breaker_closed" if closed else None


async def _open(engine: Engine, route: RouteKey) -> str | None:
    backoff = Backoff(first=timedelta(seconds=engine.settings.breaker_wait))
    opened = await engine.work.open_breaker(route, engine.now(), backoff)
    return "breaker_opened" if opened else None


async def _move(
    engine: Engine, route: RouteKey, move: Callable[[Engine, RouteKey], Awaitable[str | None]]
) -> None:
    if moved := await shared_move(engine, move(engine, route)):
        _log.warning(moved, gateway=route[0], method=route[1].value)


async def shared_move(engine: Engine, move: Awaitable[str | None]) -> str | None:
    """Change what all processes share of routing, and read it; what was changed, if anything was.

    One that cannot be written must not cost the customer the answer about their money: the next
    outcome moves it again.
    """
    try:
        moved = await move
        await refresh_routes(engine)
    except Exception as error:
        if not database_away(error):
            raise
        return None
    return moved
