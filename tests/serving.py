"""Sanic apps behind real loopback sockets, and clients that call them."""

import asyncio
import socket
import ssl
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import cache
from typing import Any

import httpx
from sanic import Sanic

from payment_engine.timed_connection import TimedConnection
from tests import remembered

Sanic.test_mode = True
remembered.remember()


def http_client(base_url: str = "", timeout: float = 30) -> httpx.AsyncClient:
    """A client that ignores the environment's proxies; ``timeout`` in seconds."""
    return httpx.AsyncClient(
        base_url=base_url, timeout=timeout, trust_env=False, verify=_authorities()
    )


@cache
def _authorities() -> ssl.SSLContext:
    """Made once: reading the authorities takes longer than most tests."""
    return httpx.create_ssl_context(trust_env=False)


@contextmanager
def bound_socket() -> Iterator[socket.socket]:
    """A socket on a free port, bound before its app is built so that others may know it."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        yield sock


@asynccontextmanager
async def served(app: Sanic[Any, Any]) -> AsyncIterator[str]:
    """The app behind a socket of its own; its base URL."""
    with bound_socket() as sock:
        async with served_on(app, sock) as url:
            yield url


@asynccontextmanager
async def served_on(app: Sanic[Any, Any], sock: socket.socket) -> AsyncIterator[str]:
    """The app behind this socket; its base URL.

    Sanic keeps every app that it has made, which a run of thousands has no memory for: it is told
    to forget this one.

    Sanic's TouchUp is off: it recompiles Sanic's own methods for each app, to leave out signals
    without listeners, and costs more than most tests. Its message of the day is too.
    """
    app.config.TOUCHUP = app.config.MOTD = False
    if app.name not in Sanic._app_registry:
        Sanic.register_app(app)
    server = await app.create_server(
        sock=sock, return_asyncio_server=True, protocol=TimedConnection
    )
    assert server
    if app.router.finalized:
        _rejoin(app)
    else:
        await server.startup()
    await server.before_start()
    await server.after_start()
    try:
        yield f"http://127.0.0.1:{sock.getsockname()[1]}"
    finally:
        await server.before_stop()
        await server.close()
        await server.after_stop()
        Sanic.unregister_app(app)


def _rejoin(app: Sanic[Any, Any]) -> None:
    """An app that was served before is served by this loop: what start-up worked out stays."""
    app.signal_router.ctx.loop = asyncio.get_running_loop()
    for signal in app.signal_router.routes:
        signal.ctx.waiters = deque()
    app.state.is_started = True
