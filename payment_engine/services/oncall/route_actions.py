"""Routes, each a gateway for a method: reading them, and enabling, disabling or weighting one."""

from dataclasses import asdict

from payment_engine.db import routes as route_table
from payment_engine.db.models import Route
from payment_engine.domain.callers import Caller
from payment_engine.domain.errors import NotFound
from payment_engine.domain.gateway import Method
from payment_engine.domain.requests.admin import RouteIn
from payment_engine.domain.routing import RouteKey, RouteSetting
from payment_engine.engine import Engine
from payment_engine.services.documents.base import format_time
from payment_engine.services.documents.oncall import ActionOut, RouteOut, action_document
from payment_engine.services.oncall import audit
from payment_engine.services.oncall.audit import ActionRequest
from payment_engine.services.routing.breakers import refresh_routes
from payment_engine.services.routing.choice import route_health_of, weight_of


async def routes(engine: Engine) -> list[RouteOut]:
    """Every configured gateway by every method that it takes."""
    await refresh_routes(engine)
    set_by = {(row.gateway, row.method): row for row in await Route.all()}
    return [
        _document(engine, (name, method), set_by.get((name, method.value)))
        for name, gateway in engine.gateways.items()
        for method in Method
        if method in gateway.methods
    ]


async def route(engine: Engine, gateway: str, method: str) -> RouteOut:
    """One of them; raises NotFound."""
    lane = _lane(engine, gateway, method)
    await refresh_routes(engine)
    row = await Route.get_or_none(gateway=gateway, method=method)
    return _document(engine, lane, row)


async def set_route(
    engine: Engine, caller: Caller, gateway: str, method: str, asked: RouteIn
) -> ActionOut:
    """Switch a gateway on or off for a method, or weigh it; every process heeds it in a second.

    Raises NotFound. The same again changes nothing; the opposite undoes it.
    """
    lane = _lane(engine, gateway, method)
    await refresh_routes(engine)
    before = _setting(engine, lane)
    after = RouteSetting(
        enabled=before.enabled if asked.enabled is None else asked.enabled,
        weight=before.weight if asked.weight is None else asked.weight,
    )
    deed = ActionRequest(action="route.set", subject=f"{gateway}/{method}", asked=asked)
    outcome = {"before": asdict(before), "after": asdict(after)}
    if asked.dry_run:
        return action_document(await audit.record(engine, caller, deed, outcome))
    async with engine.db.transaction() as tx:
        await route_table.set_route(
            tx,
            lane,
            after,
            reason=asked.reason,
            changed_by=caller.actor,
            now=engine.now(),
        )
        row = await audit.record(engine, caller, deed, outcome, tx)
    await refresh_routes(engine)
    return action_document(row)


def _lane(engine: Engine, gateway: str, method: str) -> RouteKey:
    known = engine.gateways.get(gateway)
    if known is None or method not in {each.value for each in known.methods}:
        raise NotFound
    return gateway, Method(method)


def _setting(engine: Engine, lane: RouteKey) -> RouteSetting:
    return RouteSetting(
        enabled=engine.routes.state.setting(lane).enabled,
        weight=weight_of(engine, lane),
    )


def _document(engine: Engine, lane: RouteKey, row: Route | None) -> RouteOut:
    breaker = engine.routes.state.breaker(lane)
    setting = _setting(engine, lane)
    return {
        "gateway": lane[0],
        "method": lane[1].value,
        "enabled": setting.enabled,
        "weight": setting.weight,
        "health": route_health_of(engine, engine.gateways[lane[0]], lane[1]),
        "breaker": breaker.state,
        "probe_at": format_time(breaker.probe_at),
        "reason": row.reason if row else None,
        "changed_by": row.changed_by if row else None,
        "changed_at": format_time(row.changed_at) if row else None,
    }
