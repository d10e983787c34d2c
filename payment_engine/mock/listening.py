"""An app that can stop listening for a while, so that connections to it are really refused."""

import asyncio
import socket
from contextlib import suppress
from typing import Any, cast

from sanic import Sanic
from sanic.server import AsyncioServer

_BACKLOG = 1024
_OFTEN = 0.005
LONGEST = 600.0


class Listener(Sanic[Any, Any]):
    """Serves on one socket; knows it, to be able to close it and to open it again."""

    async def create_server(self, *args: Any, **given: Any) -> AsyncioServer | None:
        """As Sanic does; the address may be taken again while old connections linger."""
        sock: socket.socket | None = given.get("sock")
        if sock:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self.ctx.address = sock.getsockname()
        serving = await super().create_server(*args, **{"backlog": _BACKLOG, **given})
        self.ctx.serving = serving
        return serving

    async def refuse(self, seconds: float) -> None:
        """Refuse connections from when this returns, for so many real seconds; those that are
        idle are dropped at once, the others after their answer.
        """
        serving: AsyncioServer | None = self.ctx.serving
        if serving and serving.is_serving():
            cast(asyncio.Server, serving.server).close()
            held = await _bound(self.ctx.address)
            back = self._return(serving, held, min(seconds, LONGEST))
            self.ctx.returning = asyncio.create_task(back)

    async def shut(self, seconds: float) -> None:
        """Stop listening; give answers that are under way so many seconds."""
        serving: AsyncioServer = self.ctx.serving
        cast(asyncio.Server, serving.server).close()
        until = asyncio.get_running_loop().time() + seconds
        while serving.connections and asyncio.get_running_loop().time() < until:
            for connection in list(serving.connections):
                connection.close_if_idle()
            await asyncio.sleep(_OFTEN)
        for connection in list(serving.connections):
            connection.abort()

    async def _return(self, serving: AsyncioServer, held: socket.socket, seconds: float) -> None:
        """Listen again after so many seconds."""
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        try:
            while loop.time() < until:
                for connection in list(serving.connections):
                    connection.close_if_idle()
                await asyncio.sleep(_OFTEN)
        except asyncio.CancelledError:
            held.close()
            raise
        reborn = await super().create_server(sock=held, backlog=_BACKLOG)
        if reborn:
            serving.server, serving.connections = reborn.server, reborn.connections


async def _bound(address: tuple[str, int]) -> socket.socket:
    """The address kept for us by a socket that does not listen: connecting to it is refused."""
    held = socket.socket()
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    while True:
        with suppress(OSError):
            held.bind(address)
            return held
        await asyncio.sleep(_OFTEN)
