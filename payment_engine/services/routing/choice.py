"""Which gateway takes a charge: capability, the token's home, switches, weights, health, trust."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from payment_engine.domain.errors import MethodNotAvailable
from payment_engine.domain.gateway import Method
from payment_engine.domain.requests.payments import AttemptIn, CardIn
from payment_engine.domain.routing import (
    SHARE,
    USUAL_WEIGHT,
    BreakerState,
    Candidate,
    Decision,
    RouteKey,
    RouteSetting,
    RoutingState,
    ranked,
)
from payment_engine.engine import Engine
from payment_engine.gateways.base import Gateway
from payment_engine.gateways.health import Verdict
from payment_engine.services.routing.breakers import cached_routing_state, may_probe

_HEALTH_ORDER: dict[Verdict, int] = {"up": 0, "fluctuating": 1, "down": 2}
_DOWN = frozenset({"breaker_open", "probe_under_way"})
_RETRY_AFTER = 15


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """One charge to place; ``homes`` names the gateways that hold its token, where it has one."""

    method: Method
    wallet: str | None = None
    homes: Mapping[str, object] | None = None
    holds: bool = False
    """The money is to be held first, captured later."""
    entered: bool = False
    """The card was entered for a gateway that takes cards from the browser."""
    saves: bool = False
    """The customer agreed that the card is kept: gateways that keep none come last."""
    hosted: bool = False
    """The card is still to be entered, on the gateway's own page."""


def wanted(request: AttemptIn, homes: Mapping[str, object] | None, capture: str) -> Wanted:
    """What a caller's attempt asks of a gateway."""
    return Wanted(
        method=Method(request.method),
        wallet=getattr(request, "wallet", None),
        homes=homes,
        holds=capture == "manual",
        entered=isinstance(request, CardIn) and request.card_token is not None,
        saves=isinstance(request, CardIn) and bool(request.save and request.save.consent),
        hosted=isinstance(request, CardIn) and not request.names_a_card,
    )


def decide(
    engine: Engine, routing_state: RoutingState, seed: str, want: Wanted, tried: Mapping[str, str]
) -> Decision:
    """Where a charge goes, and where next; the same for the same seed and inputs.

    ``tried``: gateways that it was at already, and why it left. Raises MethodNotAvailable with
    what would work instead.
    """
    candidates = [
        _candidate(engine, routing_state, gateway, want, tried)
        for gateway in engine.gateways.values()
    ]
    fit = {each.gateway: each.weight for each in candidates if each.left_out is None}
    if not fit and not tried:
        raise _nowhere(engine, want.method, candidates)
    probes = frozenset(each.gateway for each in candidates if each.breaker == "probe")
    return Decision(order=ranked(seed, fit), candidates=tuple(candidates), probes=probes)


async def first_admitted(engine: Engine, decision: Decision, method: Method) -> str | None:
    """The first gateway of the order that takes the charge: a probe must be won first."""
    for name in decision.order:
        if name not in decision.probes or await may_probe(engine, (name, method)):
            return name
    return None


def nobody_admits(engine: Engine, method: Method) -> MethodNotAvailable:
    """Every gateway of the method is being probed by somebody else's charge."""
    return _unavailable(engine, method, "it does not work at the moment", retry_after=_RETRY_AFTER)


def offering(engine: Engine, method: Method) -> list[Gateway]:
    """The gateways that take this method and are not switched off, the healthiest first."""
    routing_state = cached_routing_state(engine)
    able = [
        gateway
        for gateway in engine.gateways.values()
        if method in gateway.methods
        and _route_setting(routing_state, (gateway.name, method)).enabled
    ]
    return sorted(able, key=lambda each: _HEALTH_ORDER[route_health_of(engine, each, method)])


def route_health_of(engine: Engine, gateway: Gateway, method: Method) -> Verdict:
    """How well a gateway takes a method: the worse of what charges and all calls met of late."""
    lane = (gateway.name, method)
    if engine.routing_state.breakers.get(lane, BreakerState()).state != "closed":
        return "down"
    verdicts = (gateway.wire.health(), engine.lanes[lane].verdict())
    return max(verdicts, key=lambda verdict: _HEALTH_ORDER[verdict])


def weight_of(engine: Engine, routing_state: RoutingState, lane: RouteKey) -> int:
    """A lane's weight: as people on call set it, else as configured, else the usual."""
    if lane in routing_state.switches:
        return routing_state.switches[lane].weight
    return engine.settings.weights.get(lane[0], {}).get(lane[1].value, USUAL_WEIGHT)


def _candidate(
    engine: Engine,
    routing_state: RoutingState,
    gateway: Gateway,
    want: Wanted,
    tried: Mapping[str, str],
) -> Candidate:
    lane = (gateway.name, want.method)
    trusted = routing_state.breakers.get(lane, BreakerState())
    admits = trusted.admits(engine.now())
    health = engine.lanes[lane].verdict()
    weight = weight_of(engine, routing_state, lane) * SHARE[health] // 100
    foreign = (want.entered and gateway.card_entry() is None) or (
        want.saves and not gateway.supports("saved_card")
    )
    return Candidate(
        gateway=gateway.name,
        weight=0 if foreign else weight,
        health=health,
        breaker="probe" if admits == "probe" else trusted.state,
        left_out=_misfit(gateway, want)
        or (None if _route_setting(routing_state, lane).enabled else "switched_off")
        or (f"tried: {tried[gateway.name]}" if gateway.name in tried else None)
        or (
            {"open": "breaker_open"}.get(trusted.state, "probe_under_way")
            if admits == "none"
            else None
        ),
    )


def _misfit(gateway: Gateway, want: Wanted) -> str | None:
    """Why a gateway cannot take the charge, whatever its state."""
    if want.method not in gateway.methods:
        return "method_not_taken"
    if want.hosted and gateway.card_entry():
        return "the browser enters cards here"
    if want.homes is not None and gateway.name not in want.homes:
        return "not_the_tokens_home"
    if want.holds and not (gateway.supports("capture") and gateway.supports("void")):
        return "cannot_hold_money"
    if want.wallet and gateway.supports("link_start") and want.wallet != gateway.name:
        return "another_wallet"
    if want.method is Method.WALLET and gateway.wallet_needs_link and want.homes is None:
        return "wallet_not_linked"
    return None


def _route_setting(routing_state: RoutingState, lane: RouteKey) -> RouteSetting:
    return routing_state.switches.get(lane, RouteSetting())


def _nowhere(engine: Engine, method: Method, candidates: list[Candidate]) -> MethodNotAvailable:
    reasons = {each.left_out for each in candidates}
    if reasons & _DOWN:
        return nobody_admits(engine, method)
    if "not_the_tokens_home" in reasons:
        return _unavailable(engine, method, "the gateway that holds this cannot take it now")
    if "wallet_not_linked" in reasons:
        return _unavailable(engine, method, "link this wallet first")
    if "cannot_hold_money" in reasons:
        return _unavailable(engine, method, "it cannot hold money for a later capture")
    return _unavailable(engine, method, "no gateway takes it at the moment")


def _unavailable(engine: Engine, method: Method, why: str, **more: Any) -> MethodNotAvailable:
    others = [other.value for other in Method if other is not method and offering(engine, other)]
    return MethodNotAvailable(f"{method.value}: {why}", alternatives=others, **more)
