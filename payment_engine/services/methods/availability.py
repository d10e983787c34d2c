"""Which ways to pay a payment has on one client's device, and what is wrong with the others."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from typing_extensions import TypedDict, Unpack

from payment_engine.db.methods_context import MethodsContext
from payment_engine.domain.localized import LocalizedText
from payment_engine.domain.money import Paise
from payment_engine.domain.payment_methods import Method
from payment_engine.domain.requests.client import ClientIn
from payment_engine.domain.routing import RouteKey
from payment_engine.domain.upi_policy import UpiContext, closed_because, effective_platform
from payment_engine.engine import Engine
from payment_engine.gateways.base import Gateway
from payment_engine.gateways.health import Verdict
from payment_engine.services.documents.methods import MethodOut
from payment_engine.services.routing.downtimes import downtime_of
from payment_engine.services.routing.offers import route_health_of, takers

_USUAL: Mapping[Method, MethodOut] = {
    method: {
        "id": method.value,
        "kind": method.value,
        "group": method.value.partition("_")[0],
        "label": "",
        "logo": method.value,
        "enabled": True,
        "reason": None,
        "reasons": None,
        "health": "up",
        "needs": [],
        "app": None,
        "bank": None,
        "wallet": None,
        "instrument_id": None,
        "balance": None,
        "link": None,
        "card_entry": None,
        "used": False,
    }
    for method in Method
}
"""The item of each method as it is if nothing is particular about it."""

DOWN = LocalizedText("not working right now", "अभी काम नहीं कर रहा है")


class ItemFields(TypedDict, total=False):
    """Fields of an item that differ from its method's usual ones."""

    id: str
    group: str
    logo: str
    needs: list[str]
    app: str | None
    bank: str
    wallet: str
    instrument_id: str


@dataclass(frozen=True, kw_only=True)
class Availability:
    """What a payment can be paid with, for a client: gateways by method, UPI rules, health."""

    engine: Engine
    context: MethodsContext
    client: ClientIn
    _gateways: dict[Method, list[Gateway]] = field(default_factory=dict, init=False)
    _health: dict[RouteKey, Verdict] = field(default_factory=dict, init=False)
    _closed: dict[Method, LocalizedText | None] = field(default_factory=dict, init=False)

    def gateways(self, method: Method) -> list[Gateway]:
        """The gateways that take the method, the healthiest first.

        For a payment that is captured later, only those that can capture and void.
        """
        if method not in self._gateways:
            self._gateways[method] = takers(self.engine, method, self.context.capture)
        return self._gateways[method]

    def health(self, gateway: Gateway, method: Method) -> Verdict:
        """How well the gateway takes the method, judged once for the whole document."""
        route = (gateway.name, method)
        if route not in self._health:
            self._health[route] = route_health_of(self.engine, gateway, method)
        return self._health[route]

    def closed_because(self, flow: Method) -> LocalizedText | None:
        """Why UPI's rules do not allow a flow here, or None if they do."""
        if flow not in self._closed:
            limits = self.engine.settings.upi_limits
            self._closed[flow] = closed_because(flow, self._upi, limits)
        return self._closed[flow]

    @cached_property
    def _upi(self) -> UpiContext:
        return UpiContext(
            platform=effective_platform(self.client.platform, self.client.user_agent),
            amount=Paise(self.context.amount),
            at=self.engine.now(),
            mcc=self.context.mcc,
            verified=self.context.upi_verified,
        )

    def item(
        self,
        method: Method,
        label: str,
        reason: LocalizedText | None = None,
        *,
        gateways: list[Gateway] | None = None,
        **fields: Unpack[ItemFields],
    ) -> MethodOut | None:
        """One way to pay, as healthy as the best gateway for it; None if no gateway takes it.

        ``reason`` says why it is not enabled; ``gateways``: those that can take it, if not all of
        the method's.
        """
        candidates = self.gateways(method) if gateways is None else gateways
        if not candidates:
            return None
        provider = fields.get("app") or fields.get("bank") or fields.get("wallet")
        health = self._provider_health(self.health(candidates[0], method), method, provider)
        why = reason or (DOWN if health == "down" else None)
        return {
            **_USUAL[method],
            "label": label,
            "enabled": why is None,
            "reason": why.en if why else None,
            "reasons": {"en": why.en, "hi": why.hi} if why else None,
            "health": health,
            **fields,
        }

    def _provider_health(self, health: Verdict, method: Method, provider: str | None) -> Verdict:
        """The health of a method by a bank, UPI app or wallet: one that is down is offered now and
        then, with a warning, to see whether it is up again."""
        downtime = downtime_of(self.engine, method, provider)
        if downtime is None or health == "down":
            return health
        return "fluctuating" if downtime.admits(self.engine.now()) else "down"
