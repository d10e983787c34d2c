"""Runs the API in one process; scale with replicas, and let a supervisor restart them."""

import asyncio
import signal
from collections.abc import Callable
from functools import partial
from typing import Any

import structlog
import uvloop
from sanic import Sanic

from payment_engine.app import create_app
from payment_engine.collector import settle
from payment_engine.settings import Settings
from payment_engine.timed_connection import TimedConnection

_BACKLOG = 2048
"""New connections that may wait for a busy loop; beyond them a client's system tries again after a
second. Linux bounds it by ``net.core.somaxconn``."""

_log = structlog.get_logger()


def serve(settings: Settings) -> None:
    """Serve until stopped; running requests and money movements finish first.

    Told to stop, it is not ready for a while, as the settings say, and then takes no more
    connections. Told once more, it does so at once.
    """
    serve_app(create_app(settings, surface="public" if settings.admin_port else "all"), settings)


def serve_app(app: Sanic[Any, Any], settings: Settings) -> None:
    """Serve an app that was made already, until stopped."""
    uvloop.install()
    app.register_listener(_settle, "after_server_start")
    app.register_listener(partial(_drain_first, settings), "after_server_start")
    if app.ctx.surface == "public":
        app.register_listener(partial(_serve_staff, settings), "after_server_start")
        app.register_listener(_stop_serving_staff, "before_server_stop")
    app.run(
        host=settings.host,
        port=settings.api_port,
        single_process=True,
        protocol=TimedConnection,
        backlog=_BACKLOG,
        access_log=False,
        motd=False,
    )


async def _serve_staff(settings: Settings, app: Sanic[Any, Any]) -> None:
    """What is for people on call and monitoring, by the same engine on a port of its own."""
    staff = create_app(settings, engine=app.ctx.engine, surface="admin")
    staff.config.TOUCHUP = False  # the first app's has rewritten the methods of both already
    server: Any = await staff.create_server(
        host=settings.host,
        port=settings.admin_port,
        protocol=TimedConnection,
        backlog=_BACKLOG,
        return_asyncio_server=True,
    )
    for step in (server.startup, server.before_start, server.after_start):
        await step()
    app.ctx.staff = server


async def _stop_serving_staff(app: Sanic[Any, Any]) -> None:
    if server := getattr(app.ctx, "staff", None):
        for step in (server.before_stop, server.close, server.after_stop):
            await step()


def _settle(_: object) -> None:
    settle()


def _drain_first(settings: Settings, app: Sanic[Any, Any]) -> None:
    """Replace Sanic's own handlers, which close the listening socket at once."""
    for number in (signal.SIGINT, signal.SIGTERM):
        on_signal(number, partial(_stop, settings.drain_seconds, app))


def on_signal(number: int, callback: Callable[[], None]) -> None:
    """Call it in the running loop at each such signal; not once the loop is closed.

    A handler of uvloop's misses a signal that arrives while the loop does not run, as between the
    start of a server and its serving: the process would go on as if nobody had told it to stop.
    """
    loop = asyncio.get_running_loop()

    def handle(*_: object) -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(callback)

    loop.remove_signal_handler(number)
    signal.signal(number, handle)


def _stop(seconds: float, app: Sanic[Any, Any]) -> None:
    if app.ctx.draining or not seconds:
        app.stop(terminate=False)
        return
    app.ctx.draining = True
    if staff := getattr(app.ctx, "staff", None):
        staff.app.ctx.draining = True
    _log.info("draining", seconds=seconds)
    asyncio.get_running_loop().call_later(seconds, partial(app.stop, terminate=False))
