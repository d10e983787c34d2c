"""Weights of a gateway for a method and one bank, UPI app, wallet or card network."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from payment_engine.db import routes as route_table
from payment_engine.db.connection import Connection
from payment_engine.db.models import ProviderWeight
from payment_engine.domain.callers import Caller
from payment_engine.domain.cards import NETWORKS
from payment_engine.domain.errors import NotFound
from payment_engine.domain.payment_methods import Method
from payment_engine.domain.requests.admin import ProviderWeightIn
from payment_engine.domain.routing import SHARE, ProviderRoute, RoutingState, shares
from payment_engine.engine import Engine
from payment_engine.services.documents.base import format_time
from payment_engine.services.documents.oncall import (
    ActionOut,
    ProviderWeightOut,
)
from payment_engine.services.oncall.audit import ActionRequest, perform_at_once
from payment_engine.services.routing.breakers import refresh_routes
from payment_engine.services.routing.downtimes import is_provider
from payment_engine.services.routing.offers import offering


async def set_provider_weight(
    engine: Engine, caller: Caller, route: ProviderRoute, request: ProviderWeightIn
) -> ActionOut:
    """Weigh a gateway apart for a provider, or as the route again (``weight`` null).

    ``outcome`` has the percent of the provider's charges that each gateway gets first, before and
    after. Every process follows within a second. Raises NotFound for a provider that nobody is
    offered.
    """
    gateway, method, provider = route
    if not _is_offered(engine, method, provider):
        raise NotFound
    await refresh_routes(engine)
    state = engine.routes.state
    action = ActionRequest(
        action="provider_weight.set",
        subject=f"{gateway}/{method.value}/{provider}",
        request=request,
    )
    until = timedelta(seconds=request.expires_in or 0)
    expires_at = engine.now() + until if request.expires_in and request.weight is not None else None
    outcome = {
        "before": {"weight": state.provider_weights.get(route)},
        "after": {"weight": request.weight},
        "shares_before": _shares(engine, state, method, provider),
        "shares_after": _shares(engine, _with_weight(state, route, request), method, provider),
        "expires_at": format_time(expires_at),
    }

    async def write(tx: Connection) -> None:
        await _write(tx, route, request, caller, expires_at, engine.now())

    done = await perform_at_once(engine, caller, action, outcome, write)
    await refresh_routes(engine)
    return done


async def current_weights(engine: Engine) -> list[ProviderWeight]:
    """The weights for providers that go now, by provider."""
    rows = await ProviderWeight.all().order_by("provider")
    return [row for row in rows if row.expires_at is None or row.expires_at > engine.now()]


def weight_document(row: ProviderWeight, caller: Caller) -> ProviderWeightOut:
    """A weight for a provider; who set it, for those only who may."""
    return {
        "provider": row.provider,
        "weight": row.weight,
        "reason": row.reason,
        "changed_by": row.changed_by if caller.for_platform else None,
        "changed_at": format_time(row.changed_at),
        "expires_at": format_time(row.expires_at),
    }


async def _write(
    tx: Connection,
    route: ProviderRoute,
    request: ProviderWeightIn,
    caller: Caller,
    expires_at: datetime | None,
    now: datetime,
) -> None:
    if request.weight is None:
        await route_table.remove_provider_weight(tx, route)
        return
    await route_table.set_provider_weight(
        tx,
        route,
        request.weight,
        expires_at=expires_at,
        reason=request.reason,
        changed_by=caller.actor,
        now=now,
    )


def _is_offered(engine: Engine, method: Method, provider: str) -> bool:
    if method is Method.CARD:
        return provider in {network.name for network in NETWORKS}
    return is_provider(engine, provider)


def _with_weight(
    state: RoutingState, route: ProviderRoute, request: ProviderWeightIn
) -> RoutingState:
    others = {each: weight for each, weight in state.provider_weights.items() if each != route}
    own = {} if request.weight is None else {route: request.weight}
    return replace(state, provider_weights={**others, **own})


def _shares(
    engine: Engine, state: RoutingState, method: Method, provider: str
) -> Mapping[str, int]:
    """Of the gateways that are enabled for the method and whose breakers are closed."""
    weights = {}
    for gateway in offering(engine, method):
        route = (gateway.name, method)
        if state.breaker(route).closed:
            configured = engine.settings.weights.get(gateway.name, {}).get(method.value)
            weight = state.weight(route, provider, configured).value
            weights[gateway.name] = weight * SHARE[engine.routes.health(route).verdict()] // 100
    return shares(weights)
