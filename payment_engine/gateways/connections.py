"""Connections to gateways, for processes that call some: importing aiohttp takes long."""

from functools import cached_property
from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    from payment_engine.gateways.transport import AiohttpTransport


def load_transport() -> None:
    """Load now what the first call would otherwise stop the loop for."""
    _made()


def _made() -> "AiohttpTransport":
    from payment_engine.gateways.transport import AiohttpTransport

    return AiohttpTransport()


class OwnTransport(httpx.AsyncBaseTransport):
    """A transport that shares no connection with another, made by its first call: most commands
    make none."""

    @cached_property
    def _transport(self) -> "AiohttpTransport":
        return _made()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send ``request``; raises httpx's errors."""
        return await self._transport.handle_async_request(request)

    async def aclose(self) -> None:
        """Close every connection."""
        if "_transport" in vars(self):
            await self._transport.aclose()
