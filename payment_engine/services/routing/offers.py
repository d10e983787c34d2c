"""Which methods a customer could pay with now: what a refusal or a decline may suggest.

The same that the methods document offers, without the customer's own instruments.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from payment_engine.domain.gateway import Platform
from payment_engine.domain.money import Paise
from payment_engine.domain.payment import Snapshot
from payment_engine.domain.payment_methods import Method
from payment_engine.domain.states import PAYMENT_UNPAID
from payment_engine.domain.upi_policy import FLOWS, UpiContext, open_flows, upi_limit
from payment_engine.engine import Engine
from payment_engine.gateways.base import Gateway
from payment_engine.gateways.health import Verdict
from payment_engine.services.routing.breakers import cached_routing_state

_HEALTH_ORDER: Mapping[Verdict, int] = {"up": 0, "fluctuating": 1, "down": 2}


@dataclass(frozen=True, kw_only=True)
class OfferTerms:
    """What is offered depends on, besides the gateways: the payment, the client, the customer."""

    capture: str
    """``automatic`` or ``manual``, as the payment's."""
    upi: UpiContext
    hidden: Collection[str] = ()
    """The methods that the customer has hidden."""


def offering(engine: Engine, method: Method) -> list[Gateway]:
    """The gateways that take this method and are enabled for it, the healthiest first."""
    state = cached_routing_state(engine)
    able = [
        gateway
        for gateway in engine.open_gateways.values()
        if method in gateway.methods and state.setting((gateway.name, method)).enabled
    ]
    return sorted(able, key=lambda each: _HEALTH_ORDER[route_health_of(engine, each, method)])


def route_health_of(engine: Engine, gateway: Gateway, method: Method) -> Verdict:
    """How well a gateway takes a method: the worse of its recent charges and of all its calls."""
    route = (gateway.name, method)
    if not engine.routes.state.breaker(route).closed:
        return "down"
    verdicts = (gateway.wire.health(), engine.routes.health(route).verdict())
    return max(verdicts, key=lambda verdict: _HEALTH_ORDER[verdict])


def takers(engine: Engine, method: Method, capture: str) -> list[Gateway]:
    """The gateways that take the method, the healthiest first.

    For a payment whose ``capture`` is manual, only those that can capture and void.
    """
    found = offering(engine, method)
    if capture != "manual":
        return found
    return [each for each in found if each.supports("capture") and each.supports("void")]


def is_hidden(method: str, hidden: Collection[str]) -> bool:
    """Whether the customer wants to see nothing of a method: not offered, not suggested."""
    return method in hidden


def offered_methods(
    engine: Engine, terms: OfferTerms, limits: Mapping[str, int] | None = None
) -> list[Method]:
    """The methods that work now for a client and are not hidden.

    ``limits``: the maximum of UPI, paise by MCC; those of the settings if None.
    """
    upi_limits = engine.settings.upi_limits if limits is None else limits
    closed = set(FLOWS) - set(open_flows(terms.upi, upi_limits))
    return [
        each
        for each in Method
        if each not in closed
        and not is_hidden(each, terms.hidden)
        and _works(engine, each, terms.capture)
    ]


def suggested_methods(engine: Engine, snapshot: Snapshot, platform: str | None) -> list[Method]:
    """The methods that work now for a client of this platform; none for one paid or closed.

    Without the merchant's facts the strictest limits count, so that too little is suggested
    rather than too much.
    """
    payment = snapshot.payment
    if payment.status not in PAYMENT_UNPAID:
        return []
    device = Platform(platform) if platform else None
    upi = UpiContext(platform=device, amount=Paise(payment.amount), at=engine.now())
    strictest = min([upi_limit(upi, {}), *engine.settings.upi_limits.values()])
    terms = OfferTerms(capture=payment.capture, upi=upi, hidden=snapshot.hidden_methods)
    return offered_methods(engine, terms, {upi.mcc: strictest})


def _works(engine: Engine, method: Method, capture: str) -> bool:
    gateways = takers(engine, method, capture)
    if method is Method.NETBANKING and not engine.settings.banks:
        return False
    if method is Method.WALLET and not engine.settings.page_wallets:
        gateways = [each for each in gateways if each.supports("link_start")]
    return any(route_health_of(engine, each, method) != "down" for each in gateways)
