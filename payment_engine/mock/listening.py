"""An app that can stop listening for a while, so that connections are refused by the system."""

import asyncio
import socket
from contextlib import suppress
from typing import Any, cast

from sanic import Sanic
from sanic.server import AsyncioServer

_BACKLOG = 1024
_POLL = 0.005
LONGEST = 600.0


class Listener(Sanic[Any, Any]):
    """Serves on one socket, which it can close and open again."""

    async def create_server(self, *args: Any, **given: Any) -> AsyncioServer | None:
        """As Sanic does; the address can be bound again while old connections are closing."""
        sock: socket.socket | None = given.get("sock")
        if sock:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self.ctx.address = sock.getsockname()
        serving = await super().create_server(*args, **{"backlog": _BACKLOG, **given})
        self.ctx.serving = serving
        return serving

    async def refuse(self, seconds: float) -> None:
        """Refuse new connections for so many real seconds. Idle connections are closed at once, the
        others after their answer.
        """
        serving: AsyncioServer | None = self.ctx.serving
        if serving and serving.is_serving():
            cast(asyncio.Server, serving.server).close()
            reserved = await _reserve(self.ctx.address)
            returning = self._listen_again(serving, reserved, min(seconds, LONGEST))
            self.ctx.returning = asyncio.create_task(returning)

    async def shut(self, seconds: float) -> None:
        """Stop listening; answers under way have so many seconds to finish."""
        serving: AsyncioServer = self.ctx.serving
        cast(asyncio.Server, serving.server).close()
        until = asyncio.get_running_loop().time() + seconds
        while serving.connections and asyncio.get_running_loop().time() < until:
            for connection in list(serving.connections):
                connection.close_if_idle()
            await asyncio.sleep(_POLL)
        for connection in list(serving.connections):
            connection.abort()

    async def _listen_again(
        self, serving: AsyncioServer, reserved: socket.socket, seconds: float
    ) -> None:
        """Listen again after so many seconds."""
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        try:
            while loop.time() < until:
                for connection in list(serving.connections):
                    connection.close_if_idle()
                await asyncio.sleep(_POLL)
        except asyncio.CancelledError:
            reserved.close()
            raise
        reopened = await super().create_server(sock=reserved, backlog=_BACKLOG)
        if reopened:
            serving.server = reopened.server
            serving.connections = reopened.connections


async def _reserve(address: tuple[str, int]) -> socket.socket:
    """A socket bound to the address that does not listen: connecting to it is refused."""
    reserved = socket.socket()
    reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    while True:
        with suppress(OSError):
            reserved.bind(address)
            return reserved
        await asyncio.sleep(_POLL)
