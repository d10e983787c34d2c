"""Which gateway takes a charge: by capability, token, setting, weight, health and breaker."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from payment_engine.domain.cards import network_of
from payment_engine.domain.errors import MethodNotAvailable
from payment_engine.domain.payment_methods import Method
from payment_engine.domain.requests.attempts import AttemptIn, CardIn, WalletIn
from payment_engine.domain.routing import (
    SHARE,
    BreakerState,
    BreakerStatus,
    Candidate,
    Decision,
    RouteKey,
    Weight,
    ranked,
)
from payment_engine.engine import Engine
from payment_engine.gateways.base import Gateway
from payment_engine.services.routing.breakers import (
    give_back_probe,
    take_probe,
)
from payment_engine.services.routing.offers import OfferTerms, offered_methods

_DOWN = frozenset({"breaker_open", "probe_under_way", "saturated"})
_RETRY_AFTER = 15


@dataclass(frozen=True, kw_only=True)
class RoutingRequest:
    """What a charge needs of a gateway.

    ``homes`` names the gateways that have a token of what is paid with; None if any gateway
    will do.
    """

    method: Method
    terms: OfferTerms
    """What the methods depend on that are named where this one fails."""
    provider: str | None = None
    """The bank, UPI app, wallet or card network, as far as it is known before the charge."""
    wallet: str | None = None
    homes: Mapping[str, object] | None = None
    card_entered: bool = False
    """The browser entered the card at a gateway that takes cards from browsers."""
    saves_card: bool = False
    """The customer agreed that the card is saved: gateways that save none come last."""
    card_on_page: bool = False
    """The card is still to be entered, on the gateway's own page."""

    @property
    def manual_capture(self) -> bool:
        """The gateway must be able to hold the money for a later capture."""
        return self.terms.capture == "manual"


@dataclass(frozen=True, kw_only=True)
class Choice:
    """The gateway that takes a charge, and why."""

    gateway: str
    method: Method
    probes: bool
    """The charge is the one that probes a gateway whose breaker is open."""
    inputs: Mapping[str, Any]
    """What led to it, for the history."""


def routing_request(
    request: AttemptIn, homes: Mapping[str, object] | None, terms: OfferTerms
) -> RoutingRequest:
    """What an attempt needs of a gateway."""
    card = request if isinstance(request, CardIn) else None
    return RoutingRequest(
        method=Method(request.method),
        terms=terms,
        provider=request.choice or _network(card),
        wallet=request.wallet if isinstance(request, WalletIn) else None,
        homes=homes,
        card_entered=card is not None and card.card_token is not None,
        saves_card=card is not None and bool(card.save and card.save.consent),
        card_on_page=card is not None and not card.names_a_card,
    )


def _network(card: CardIn | None) -> str | None:
    """The likely network of a new card whose first digits are known."""
    digits = card.first_digits if card else None
    network = network_of(digits) if digits else None
    return network.name if network else None


def decide(
    engine: Engine, seed: str, request: RoutingRequest, tried: Mapping[str, str]
) -> Decision:
    """Where a charge goes, and where next; the same for the same seed and inputs.

    ``tried``: gateways that were tried already, and why the charge left them. Raises
    MethodNotAvailable, with the methods that would work, if no gateway can take it and none was
    tried.
    """
    gateways = engine.gateways.values()
    candidates = tuple(_candidate(engine, gateway, request, tried) for gateway in gateways)
    weights = {each.gateway: each.weight for each in candidates if each.left_out is None}
    if not weights and not tried:
        raise _no_candidate(engine, request, candidates)
    probes = frozenset(each.gateway for each in candidates if each.breaker == "probe")
    return Decision(order=ranked(seed, weights), candidates=candidates, probes=probes)


async def choose(
    engine: Engine, seed: str, request: RoutingRequest, tried: Mapping[str, str]
) -> Choice | None:
    """The first gateway of the order that admits the charge; None if none does.

    An open breaker admits one probe at a time: it is taken here, and given back if nothing is
    charged. Raises MethodNotAvailable if none was tried and none can take it.
    """
    decision = decide(engine, seed, request, tried)
    for name in decision.order:
        probes = name in decision.probes
        if not probes or await take_probe(engine, (name, request.method)):
            inputs = decision.inputs(name)
            return Choice(gateway=name, method=request.method, probes=probes, inputs=inputs)
    return None


@asynccontextmanager
async def probe_given_back(engine: Engine, choice: Choice) -> AsyncIterator[None]:
    """If the body fails, no charge is made: another one may probe the gateway."""
    try:
        yield
    except BaseException:
        if choice.probes:
            await give_back_probe(engine, (choice.gateway, choice.method))
        raise


def nobody_admits(engine: Engine, request: RoutingRequest) -> MethodNotAvailable:
    """Every gateway of the method is down, or probed by another charge."""
    return _unavailable(engine, request, "it does not work at the moment", retry_after=_RETRY_AFTER)


def weight_of(engine: Engine, route: RouteKey, provider: str | None = None) -> Weight:
    """A route's weight: as set on call for the provider or the route, as configured, or usual."""
    gateway, method = route
    configured = engine.settings.weights.get(gateway, {}).get(method.value)
    return engine.routes.state.weight(route, provider, configured)


def _candidate(
    engine: Engine, gateway: Gateway, request: RoutingRequest, tried: Mapping[str, str]
) -> Candidate:
    route = (gateway.name, request.method)
    breaker = engine.routes.state.breaker(route)
    health = engine.routes.health(route).verdict()
    weight = weight_of(engine, route, request.provider)
    share = weight.value * SHARE[health] // 100
    return Candidate(
        gateway=gateway.name,
        weight=0 if _second_choice(gateway, request) else share,
        health=health,
        breaker="probe" if breaker.admits(engine.now()) == "probe" else breaker.state,
        left_out=_misfit(engine, gateway, request) or _closed_to(engine, route, breaker, tried),
        rule=weight.rule,
    )


def _second_choice(gateway: Gateway, request: RoutingRequest) -> bool:
    """Whether it can take the charge but not as the customer entered it, or without saving."""
    no_entry = request.card_entered and gateway.card_entry() is None
    return no_entry or (request.saves_card and not gateway.supports("saved_card"))


def _closed_to(
    engine: Engine, route: RouteKey, breaker: BreakerState, tried: Mapping[str, str]
) -> str | None:
    """Why a route takes no such charge at this moment."""
    gateway, _ = route
    if gateway in engine.settings.closed_gateways:
        return "closed"
    if not engine.routes.state.setting(route).enabled:
        return "switched_off"
    if gateway in tried:
        return f"tried: {tried[gateway]}"
    if breaker.admits(engine.now()) == "none":
        return "breaker_open" if breaker.state is BreakerStatus.OPEN else "probe_under_way"
    return "saturated" if engine.gateways[gateway].wire.full else None


def _misfit(engine: Engine, gateway: Gateway, request: RoutingRequest) -> str | None:
    """Why a gateway cannot take the charge, whatever its state."""
    if request.method not in gateway.methods:
        return "method_not_taken"
    if request.card_on_page and engine.card_entry(gateway):
        return "the browser enters cards here"
    if request.homes is not None and gateway.name not in request.homes:
        return "not_the_tokens_home"
    if request.manual_capture and not (gateway.supports("capture") and gateway.supports("void")):
        return "cannot_hold_money"
    if request.method is Method.WALLET:
        return _wallet_misfit(gateway, request)
    return None


def _wallet_misfit(gateway: Gateway, request: RoutingRequest) -> str | None:
    """A gateway that links its own wallet takes no other."""
    if request.wallet and gateway.supports("link_start") and request.wallet != gateway.name:
        return "another_wallet"
    if gateway.wallet_needs_link and request.homes is None:
        return "wallet_not_linked"
    return None


def _no_candidate(
    engine: Engine, request: RoutingRequest, candidates: tuple[Candidate, ...]
) -> MethodNotAvailable:
    reasons = {each.left_out for each in candidates}
    if reasons & _DOWN:
        return nobody_admits(engine, request)
    if "not_the_tokens_home" in reasons:
        return _unavailable(engine, request, "the gateway that holds this cannot take it now")
    if "wallet_not_linked" in reasons:
        return _unavailable(engine, request, "link this wallet first")
    if "cannot_hold_money" in reasons:
        return _unavailable(engine, request, "it cannot hold money for a later capture")
    return _unavailable(engine, request, "no gateway takes it at the moment")


def _unavailable(
    engine: Engine, request: RoutingRequest, why: str, **more: Any
) -> MethodNotAvailable:
    offered = offered_methods(engine, request.terms)
    others = [other.value for other in offered if other is not request.method]
    return MethodNotAvailable(f"{request.method.value}: {why}", alternatives=others, **more)
