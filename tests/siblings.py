"""A second gateway beside Juspay: the same adapter under another name, told what to answer."""

from typing import Any, ClassVar

from payment_engine.domain.gateway import Charge, ChargeState, GatewayFailure
from payment_engine.gateways.http import Wire
from payment_engine.gateways.juspay.adapter import Juspay
from tests.world import JUSPAY, World

NOWHERE = "http://127.0.0.1:9"
Word = ChargeState | GatewayFailure


class Told(Juspay):
    """Answers charges with the words it was given, as long as there are any."""

    name: ClassVar[str] = "told"
    words: list[Word]
    charged: list[Charge]

    async def charge(self, charge: Charge) -> ChargeState:
        self.charged.append(charge)
        if not self.words:
            return await super().charge(charge)
        word = self.words.pop(0)
        if isinstance(word, GatewayFailure):
            raise word
        return word


def beside(
    world: World,
    name: str,
    *words: Word,
    base_url: str | None = None,
    kind: type[Told] = Told,
    **bounds: Any,
) -> Told:
    """Add a gateway of this name to the running service; without words it is a real one."""
    config = Juspay.Config.model_validate(
        {"base_url": base_url or f"{world.mock.base_url}/juspay", **JUSPAY}
    )
    record = world.engine.raw_log.record
    made = type(name.title(), (kind,), {"name": name})
    gateway = made(
        config,
        Wire(name, record=record, in_transaction=world.engine.db.in_transaction_now, **bounds),
    )
    gateway.words, gateway.charged = list(words), []
    world.engine.gateways[name] = gateway
    return gateway
