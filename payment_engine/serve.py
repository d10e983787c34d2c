"""Runs the API in one process: scale by replicas, a supervisor restarts what dies."""

import uvloop

from payment_engine.app import create_app
from payment_engine.settings import Settings


def serve(settings: Settings) -> None:
    """Serve until told to stop; requests in flight and money under way finish first."""
    uvloop.install()
    app = create_app(settings)
    app.run(
        host=settings.host,
        port=settings.api_port,
        single_process=True,
        access_log=False,
        motd=False,
    )
