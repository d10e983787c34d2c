"""One checkout that asks what it can pay with: what is able, what is barred, how it looks."""

from dataclasses import dataclass, field
from typing import Any

from payment_engine.db.methods_context import MethodsContext
from payment_engine.domain.gateway import Method
from payment_engine.domain.localized import LocalizedText
from payment_engine.domain.money import Paise
from payment_engine.domain.requests.payments import ClientIn
from payment_engine.domain.upi_policy import UpiContext, closed_because, effective_platform
from payment_engine.engine import Engine
from payment_engine.gateways.base import Gateway
from payment_engine.services.routing.choice import offering, route_health_of

Item = dict[str, Any]
"""One way to pay, as the methods document shows it."""

DOWN = LocalizedText("not working right now", "अभी काम नहीं कर रहा है")


@dataclass(frozen=True, kw_only=True)
class Checkout:
    """A payment's offer on one client's device."""

    engine: Engine
    offer: MethodsContext
    client: ClientIn
    _able: dict[Method, list[Gateway]] = field(default_factory=dict, init=False)

    def able(self, method: Method) -> list[Gateway]:
        """The gateways that take the method, the healthiest first; for money that is captured
        later, those that can hold it."""
        if method not in self._able:
            self._able[method] = self._find(method)
        return self._able[method]

    def _find(self, method: Method) -> list[Gateway]:
        able = offering(self.engine, method)
        if self.offer.capture != "manual":
            return able
        return [each for each in able if each.supports("capture") and each.supports("void")]

    def barred(self, flow: Method) -> LocalizedText | None:
        """Why a UPI flow is not open here (UPI-4); None where it is."""
        context = UpiContext(
            platform=effective_platform(self.client.platform, self.client.user_agent),
            amount=Paise(self.offer.amount),
            at=self.engine.now(),
            mcc=self.offer.mcc,
            verified=self.offer.upi_verified,
        )
        return closed_because(flow, context, self.engine.settings.upi_limits)

    def item(
        self,
        method: Method,
        label: str,
        reason: LocalizedText | None = None,
        *,
        gateways: list[Gateway] | None = None,
        **own: Any,
    ) -> Item:
        """One way to pay, as healthy as the best gateway for it; empty where none takes it."""
        able = self.able(method) if gateways is None else gateways
        if not able:
            return {}
        health = route_health_of(self.engine, able[0], method)
        why = reason or (DOWN if health == "down" else None)
        return {
            "id": method.value,
            "kind": method.value,
            "group": method.value.partition("_")[0],
            "label": label,
            "logo": method.value,
            "enabled": why is None,
            "reason": why.en if why else None,
            "reasons": why._asdict() if why else None,
            "health": health,
            "needs": [],
            "app": None,
            "bank": None,
            "wallet": None,
            "instrument_id": None,
            "balance": None,
            "link": None,
            "card_entry": None,
            **own,
        }
