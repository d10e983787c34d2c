"""Gateways by name, for those that rows name: they may be configured no longer."""

from payment_engine.domain.errors import Unsupported
from payment_engine.engine import Engine
from payment_engine.gateways.base import Gateway


def configured_gateway(engine: Engine, name: str) -> Gateway:
    """The gateway of this name; raises Unsupported if it is configured no longer."""
    if name not in engine.gateways:
        raise Unsupported(f"{name} is no longer configured")
    return engine.gateways[name]
