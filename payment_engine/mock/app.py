"""Puts the mock together and serves it."""

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
from payment_engine.mock.door import open_door
from payment_engine.mock.listening import Listener
from payment_engine.mock.pages import page_routes
from payment_engine.mock.shop_routes import shop_routes
from payment_engine.mock.state import new_mock

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

_FIRST, _GRACE = 9, 1.0


def create_app(config: MockConfig) -> Listener:
    """A mock with a memory of its own; as many as you like in one process."""
    name = f"payment-mock-{uuid4().hex[:8]}"
    app = Listener(name, configure_logging=False, request_class=Addressed)
    app.config.update(_SETTINGS)
    app.ctx.mock = new_mock(config)
    app.ctx.hosts = gateway_hosts()
    for gateway in config.gateways:
        for routes in find_imitations()[gateway].routes():
            app.blueprint(routes)
    for own in (control_routes, page_routes, shop_routes):
        app.blueprint(own())

    app.register_middleware(_begin, "request", priority=_FIRST)
    app.error_handler.add(NotFound, _lost)
    app.error_handler.add(MethodNotAllowed, _lost)

    @app.before_server_stop
    async def _end(app: Sanic[Any, Any]) -> None:
        await app.ctx.mock.world.end()

    return app


async def _begin(request: Request) -> None:
    """Whatever is made up for this request follows from what it is."""
    request.app.ctx.mock.world.chance.begin(request.method, request.path)


def _lost(request: Request, error: Exception) -> HTTPResponse:
    gateway = find_imitations().get(request.path.split("/")[1])
    if gateway and gateway.not_found:
        return gateway.not_found(request)
    return json({"error": str(error)}, status=404)


def serve(config: MockConfig, door: Path | None = None) -> None:
    """Serve until told to stop; one process, for the memory is in it.

    With a folder for a ``door``, clients that only know the gateways' real hosts come in too.
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
        opened = await stack.enter_async_context(open_door(config.port, door)) if door else None
        for line in announcement(config, app.ctx.mock.world.chance.seed, opened):
            sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
        await _told_to_stop()
    await server.before_stop()
    await app.shut(_GRACE)
    await server.after_stop()


async def _told_to_stop() -> None:
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    await stop.wait()
