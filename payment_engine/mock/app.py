"""Builds the mock's app and serves it."""

import asyncio
import signal
import socket
import sys
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any
from uuid import uuid4

import uvloop
from sanic import HTTPResponse, Request, Sanic
from sanic.exceptions import MethodNotAllowed, NotFound
from sanic.response import json

from payment_engine.mock.addressing import Addressed
from payment_engine.mock.cli import announcement
from payment_engine.mock.config import MockConfig
from payment_engine.mock.control import control_routes
from payment_engine.mock.discovery import find_imitations, gateway_hosts
from payment_engine.mock.listening import Listener
from payment_engine.mock.pages import page_routes
from payment_engine.mock.shop_routes import shop_routes
from payment_engine.mock.state import new_mock
from payment_engine.mock.storefront import storefront_routes
from payment_engine.mock.tls_proxy import open_tls_proxy

_SETTINGS = {
    "ACCESS_LOG": False,
    "AUTO_EXTEND": False,
    "FALLBACK_ERROR_FORMAT": "json",
    "GRACEFUL_SHUTDOWN_TIMEOUT": 1.0,
    "KEEP_ALIVE_TIMEOUT": 30,
    "MOTD": False,
    "REQUEST_MAX_SIZE": 1_000_000,
    "RESPONSE_TIMEOUT": 600,
}

_FIRST = 9
_GRACE = 1.0


def create_app(config: MockConfig) -> Listener:
    """A mock with state of its own; one process can have many."""
    name = f"payment-mock-{uuid4().hex[:8]}"
    app = Listener(name, configure_logging=False, request_class=Addressed)
    app.config.update(_SETTINGS)
    attach(app, config)
    for gateway in config.gateways:
        for routes in find_imitations()[gateway].routes():
            app.blueprint(routes)
    for own in (control_routes, page_routes, shop_routes, storefront_routes):
        app.blueprint(own())

    app.register_middleware(_begin, "request", priority=_FIRST)
    app.error_handler.add(NotFound, _not_found)
    app.error_handler.add(MethodNotAllowed, _not_found)

    @app.before_server_stop
    async def _end(app: Sanic[Any, Any]) -> None:
        await app.ctx.mock.world.end()

    return app


def attach(app: Listener, config: MockConfig) -> None:
    """Let an app that does not run yet, with routes for the same gateways, imitate this mock."""
    app.ctx.mock = new_mock(config)
    app.ctx.hosts = gateway_hosts()


async def _begin(request: Request) -> None:
    """Random choices for this request follow from its method and path."""
    request.app.ctx.mock.world.random.begin(request.method, request.path)


def _not_found(request: Request, error: Exception) -> HTTPResponse:
    name, slash, _ = request.path.removeprefix("/").partition("/")
    imitation = find_imitations().get(name) if slash else None
    if imitation and imitation.not_found:
        return imitation.not_found(request)
    return json({"error": str(error)}, status=404)


def serve(config: MockConfig, door: Path | None = None) -> None:
    """Serve until SIGINT or SIGTERM; in one process, since the state is in memory.

    With a folder for certificates as ``door``, a TLS proxy serves clients that know only the
    gateways' real hosts.
    """
    uvloop.run(_serve(config, door))


async def _serve(config: MockConfig, door: Path | None) -> None:
    app = create_app(config)
    family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
    sock = socket.create_server((config.host, config.port), family=family)
    server: Any = await app.create_server(sock=sock)
    await server.startup()
    await server.before_start()
    await server.after_start()
    async with AsyncExitStack() as stack:
        proxy = None
        if door:
            proxy = await stack.enter_async_context(open_tls_proxy(config.port, door))
        for line in announcement(config, app.ctx.mock.world.random.seed, proxy):
            sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
        await _stop_signal()
    await server.before_stop()
    await app.shut(_GRACE)
    await server.after_stop()


async def _stop_signal() -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    await stop.wait()
