"""Which gateway takes a charge: by method and what suits the client, healthy ones first."""

from collections.abc import Mapping

from payment_engine.domain.errors import MethodNotAvailable
from payment_engine.domain.gateway import Method, Platform
from payment_engine.domain.upi import allowed
from payment_engine.engine import Engine
from payment_engine.gateways.base import Gateway

_HEALTH_ORDER = {"up": 0, "fluctuating": 1, "down": 2}


def offering(engine: Engine, method: Method) -> list[Gateway]:
    """The gateways that take this method, healthiest first; configuration decides ties."""
    able = [gateway for gateway in engine.gateways.values() if method in gateway.methods]
    return sorted(able, key=lambda gateway: _HEALTH_ORDER[gateway.wire.health()])


def offered(engine: Engine, platform: Platform | None) -> list[Method]:
    """The methods that some gateway takes and that make sense on this platform."""
    return [m for m in Method if allowed(m, platform) and offering(engine, m)]


def choose(
    engine: Engine,
    method: Method,
    platform: Platform | None,
    homes: Mapping[str, object] | None = None,
) -> Gateway:
    """The gateway for a charge, among ``homes`` where a token binds it to some (TOK-6).

    Raises MethodNotAvailable with what would work instead.
    """
    if method not in offered(engine, platform):
        raise MethodNotAvailable(
            f"{method.value} is not offered on {platform or 'any platform'}",
            alternatives=[other.value for other in offered(engine, platform)],
        )
    able = [each for each in offering(engine, method) if homes is None or each.name in homes]
    if not able:
        raise MethodNotAvailable(
            "the gateway that holds this cannot take it now",
            alternatives=[other.value for other in offered(engine, platform)],
        )
    return able[0]
