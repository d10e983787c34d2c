"""A second gateway beside Juspay: the same adapter under another name, with scripted outcomes."""

from typing import Any, ClassVar

from payment_engine.domain.gateway import Charge, ChargeState, GatewayFailure
from payment_engine.gateways.http import Wire
from payment_engine.gateways.juspay.adapter import Juspay
from tests.world import JUSPAY, World

NOWHERE = "http://127.0.0.1:9"
ChargeOutcome = ChargeState | GatewayFailure


class ScriptedGateway(Juspay):
    """Answers charges with the given outcomes in turn, then as the real adapter does."""

    name: ClassVar[str] = "scripted"
    outcomes: list[ChargeOutcome]
    charged: list[Charge]

    async def charge(self, charge: Charge) -> ChargeState:
        self.charged.append(charge)
        if not self.outcomes:
            return await super().charge(charge)
        outcome = self.outcomes.pop(0)
        if isinstance(outcome, GatewayFailure):
            raise outcome
        return outcome


def add_gateway(
    world: World,
    name: str,
    *outcomes: ChargeOutcome,
    base_url: str | None = None,
    kind: type[ScriptedGateway] = ScriptedGateway,
    **bounds: Any,
) -> ScriptedGateway:
    """Add a gateway of this name to the running service; without outcomes it charges for real."""
    config = Juspay.Config.model_validate(
        {"base_url": base_url or f"{world.mock.base_url}/juspay", **JUSPAY}
    )
    record = world.engine.raw_log.record
    adapter = type(name.title(), (kind,), {"name": name})
    in_transaction = world.engine.db.in_transaction_now
    wire = Wire(name, record=record, in_transaction=in_transaction, **bounds)
    gateway = adapter(config, wire)
    gateway.outcomes = list(outcomes)
    gateway.charged = []
    world.engine.gateways[name] = gateway
    return gateway
