"""Routes, each a gateway for a method: reading them, and enabling, disabling or weighting one."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import timedelta

from payment_engine.db import routes as route_table
from payment_engine.db.connection import Connection
from payment_engine.db.models import ProviderWeight, Route
from payment_engine.domain.callers import Caller
from payment_engine.domain.errors import NotFound
from payment_engine.domain.payment_methods import Method
from payment_engine.domain.requests.admin import RouteIn
from payment_engine.domain.routing import RouteKey, RouteSetting
from payment_engine.engine import Engine
from payment_engine.services.documents.base import format_time
from payment_engine.services.documents.oncall import ActionOut, RouteOut
from payment_engine.services.oncall.audit import ActionRequest, perform_at_once
from payment_engine.services.oncall.provider_weights import current_weights, weight_document
from payment_engine.services.routing.breakers import refresh_routes
from payment_engine.services.routing.choice import weight_of
from payment_engine.services.routing.offers import route_health_of


async def list_routes(engine: Engine, caller: Caller) -> list[RouteOut]:
    """Every configured gateway for every method that it takes; who changed it, for those only who
    may."""
    await refresh_routes(engine)
    rows = {(row.gateway, row.method): row for row in await Route.all()}
    weights = await current_weights(engine)
    return [
        _document(engine, caller, (name, method), rows.get((name, method.value)), weights)
        for name, gateway in engine.gateways.items()
        for method in Method
        if method in gateway.methods
    ]


async def read_route(engine: Engine, caller: Caller, gateway: str, method: str) -> RouteOut:
    """One gateway for one method; raises NotFound."""
    route = route_key(engine, gateway, method)
    await refresh_routes(engine)
    row = await Route.get_or_none(gateway=gateway, method=method)
    weights = await current_weights(engine)
    return _document(engine, caller, route, row, weights)


async def set_route(
    engine: Engine, caller: Caller, gateway: str, method: str, request: RouteIn
) -> ActionOut:
    """Enable, disable or weight a route, for a time or for good.

    Every process follows within a second. What the request leaves out stays as it is. Raises
    NotFound.
    """
    route = route_key(engine, gateway, method)
    await refresh_routes(engine)
    before = _setting(engine, route)
    after = RouteSetting(
        enabled=before.enabled if request.enabled is None else request.enabled,
        weight=before.weight if request.weight is None else request.weight,
    )
    action = ActionRequest(action="route.set", subject=f"{gateway}/{method}", request=request)
    until = timedelta(seconds=request.expires_in or 0)
    expires_at = engine.now() + until if request.expires_in else None
    outcome = {
        "before": asdict(before),
        "after": asdict(after),
        "expires_at": format_time(expires_at),
    }

    async def write(tx: Connection) -> None:
        await route_table.set_route(
            tx,
            route,
            after,
            before=before,
            expires_at=expires_at,
            reason=request.reason,
            changed_by=caller.actor,
            now=engine.now(),
        )

    done = await perform_at_once(engine, caller, action, outcome, write)
    await refresh_routes(engine)
    return done


def route_key(engine: Engine, gateway: str, method: str) -> RouteKey:
    """A configured gateway for a method that it takes; raises NotFound."""
    configured = engine.gateways.get(gateway)
    if configured is None or method not in {each.value for each in configured.methods}:
        raise NotFound
    return gateway, Method(method)


def _setting(engine: Engine, route: RouteKey) -> RouteSetting:
    return RouteSetting(
        enabled=engine.routes.state.setting(route).enabled,
        weight=weight_of(engine, route).value,
    )


def _document(
    engine: Engine,
    caller: Caller,
    route: RouteKey,
    row: Route | None,
    weights: Iterable[ProviderWeight],
) -> RouteOut:
    gateway, method = route
    breaker = engine.routes.state.breaker(route)
    setting = _setting(engine, route)
    return {
        "gateway": gateway,
        "method": method.value,
        "enabled": setting.enabled and gateway in engine.open_gateways,
        "weight": setting.weight,
        "health": route_health_of(engine, engine.gateways[gateway], method),
        "breaker": breaker.state,
        "probe_at": format_time(breaker.probe_at),
        "reason": row.reason if row else None,
        "changed_by": row.changed_by if row and caller.for_platform else None,
        "changed_at": format_time(row.changed_at) if row else None,
        "expires_at": format_time(row.expires_at) if row else None,
        "provider_weights": [
            weight_document(each, caller)
            for each in weights
            if (each.gateway, each.method) == (gateway, method.value)
        ],
    }
