"""What a process without an API shows to monitoring: its metrics, whether it lives and is ready.

It is served by threads of its own, so that it answers, and says so, while the event loop hangs.
"""

import asyncio
import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from threading import Thread
from typing import TYPE_CHECKING
from wsgiref.simple_server import WSGIRequestHandler, make_server

import structlog
from prometheus_client import CollectorRegistry, make_wsgi_app
from prometheus_client.exposition import ThreadingWSGIServer

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

    Application = Callable[[WSGIEnvironment, StartResponse], Iterable[bytes]]

HANGS = 10.0
"""Seconds without a turn after which the event loop is taken for one that hangs."""
_BEAT = 0.5

Probe = Callable[[], str | None]
"""What is wrong; None if nothing is. It is called in other threads than the event loop's."""

_log = structlog.get_logger()


class Pulse:
    """Beats in the event loop, and can be felt from every thread."""

    def __init__(self, hangs: float = HANGS, clock: Callable[[], float] = time.monotonic) -> None:
        self._hangs = hangs
        self._clock = clock
        self._beat_at = clock()

    async def beat(self) -> None:
        """Beat until cancelled."""
        while True:
            self._beat_at = self._clock()
            await asyncio.sleep(_BEAT)

    def fault(self) -> str | None:
        """A probe."""
        still = self._clock() - self._beat_at
        return f"the event loop has hung for {still:.0f} s" if still > self._hangs else None


@contextmanager
def serve(
    host: str, port: int, registry: CollectorRegistry, probes: Mapping[str, Probe]
) -> Iterator[None]:
    """Serve /metrics and the probes, by path, while the body runs; port 0: do not.

    A port that is taken is logged and changes nothing else.
    """
    if not port:
        yield
        return
    try:
        server = make_server(
            host, port, _app(registry, probes), ThreadingWSGIServer, handler_class=_Silent
        )
    except OSError as error:
        _log.error("metrics_not_served", port=port, error=str(error))
        yield
        return
    thread = Thread(target=server.serve_forever, name="probes", daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _app(registry: CollectorRegistry, probes: Mapping[str, Probe]) -> "Application":
    metrics: Application = make_wsgi_app(registry)

    def respond(environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path not in probes:
            return metrics(environ, start)
        fault = probes[path]()
        status = "503 Service Unavailable" if fault else "200 OK"
        start(status, [("Content-Type", "application/json")])
        return [json.dumps({"status": path.strip("/"), **_detail(fault)}).encode()]

    return respond


def _detail(fault: str | None) -> dict[str, str]:
    return {"status": "unavailable", "detail": fault} if fault else {}


class _Silent(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        """Nothing: requests of monitoring are not worth a line each."""
