"""Runs the API in one process; scale with replicas, and let a supervisor restart them."""

from typing import Any

import uvloop
from sanic import Sanic

from payment_engine.app import create_app
from payment_engine.collector import settle
from payment_engine.settings import Settings
from payment_engine.timed_connection import TimedConnection


def serve(settings: Settings) -> None:
    """Serve until stopped; running requests and money movements finish first."""
    serve_app(create_app(settings), settings)


def serve_app(app: Sanic[Any, Any], settings: Settings) -> None:
    """Serve an app that was made already, until stopped."""
    uvloop.install()
    app.register_listener(_settle, "after_server_start")
    app.run(
        host=settings.host,
        port=settings.api_port,
        single_process=True,
        protocol=TimedConnection,
        access_log=False,
        motd=False,
    )


def _settle(_: object) -> None:
    settle()
