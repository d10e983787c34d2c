"""Connections to gateways, for processes that call some: importing aiohttp takes long."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from payment_engine.gateways.transport import AiohttpTransport


def own_transport() -> "AiohttpTransport":
    """A transport that shares no connection with another."""
    from payment_engine.gateways.transport import AiohttpTransport

    return AiohttpTransport()


def load_transport() -> None:
    """Load now what the first call would otherwise stop the loop for."""
    own_transport()
