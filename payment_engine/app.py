"""The API: Sanic with the engine, its blueprints, request ids and the one error handler."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from secrets import token_hex
from typing import Any, Literal
from uuid import uuid4

import structlog
from sanic import HTTPResponse, Request, Sanic
from sanic.compat import Header
from sanic.exceptions import PayloadTooLarge as SanicPayloadTooLarge
from sanic.exceptions import RequestCancelled
from sanic.http import Http
from sanic.response import BaseHTTPResponse

from payment_engine import blueprints, logs, metrics, tracing
from payment_engine.blueprints.cors import allow_origin, preflight
from payment_engine.blueprints.problems import problem
from payment_engine.domain import rate_limits
from payment_engine.domain.card_numbers import has_card_number
from payment_engine.domain.errors import NotFound, PayloadTooLarge, RequestTimeout, Unavailable
from payment_engine.domain.requests import sizes
from payment_engine.domain.requests.fields import REQUEST_ID
from payment_engine.engine import Engine, open_engine
from payment_engine.read_route import ERROR_FORMAT
from payment_engine.request_log import log_request
from payment_engine.services.access.keys import KeyRing
from payment_engine.settings import Settings
from payment_engine.timed_connection import TimedConnection
from payment_engine.web import pages, reports, returns
from payment_engine.web.error_pages import error_page

_MOST_DRAINED = 16 * 1024 * 1024
"""A client that is refused while it sends less than this is read to the end, so that it gets the
answer."""
_CLIENT_GONE = 499
_NO_METHOD = "NONE"
_STAFF = ("v1/admin/", "console", "metrics")
_PROBES = ("live", "ready", "csp-reports")
"""What both have: the probes, and where the console reports what its policy blocks."""
_METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})
_SET_PROXIES = "set PE_PROXIES_COUNT: all callers behind a proxy share its address and its limits"

_log = structlog.get_logger()


class LimitedRequest(Request):
    """A request whose body is refused before it is read, if it is too large."""

    def __init__(
        self,
        url_bytes: bytes,
        headers: Header,
        version: str,
        method: str,
        *transport_and_app: Any,
        **named: Any,
    ) -> None:
        """Sanic answers an address that is none with a request of the method NONE, to that same
        address: it gets another, so that the caller is answered."""
        address = b"*" if method == _NO_METHOD else url_bytes
        super().__init__(address, headers, version, method, *transport_and_app, **named)
        connection = self.transport.get_protocol()
        if isinstance(connection, TimedConnection):
            connection.headers_read()

    async def receive_body(self) -> None:
        """Raises PayloadTooLarge for a body that is larger than its route takes, at its first byte
        too many, and RequestTimeout for one that takes too long in all."""
        most, length = self._most_bytes(), int(self.headers.get("content-length", 0))
        if length > most:
            raise _too_large(most)
        if self.stream:
            self.stream.request_max_size = most
        receive: Callable[[], Awaitable[None]] = super().receive_body
        if isinstance(self.stream, Http) and 0 < length <= len(self.stream.recv_buffer):
            return await receive()  # it came with the headers
        try:
            async with asyncio.timeout(self.app.config.REQUEST_TIMEOUT):
                await receive()
        except TimeoutError:
            raise RequestTimeout from None
        except SanicPayloadTooLarge:
            raise _too_large(most) from None

    def _most_bytes(self) -> int:
        """The size that the route declares, or none's where it declares none."""
        declared = getattr(self.route.ctx, "max_body", sizes.NO_BODY) if self.route else 0
        cap: int = self.app.ctx.engine.settings.max_body_bytes
        return min(declared, cap)


def _too_large(most: int) -> PayloadTooLarge:
    return PayloadTooLarge(f"the body is larger than {most} bytes", max_bytes=most)


Surface = Literal["all", "public", "admin"]
"""What an app serves: everything, or all but what is for people on call, or that alone."""


def create_app(
    settings: Settings, *, engine: Engine | None = None, surface: Surface = "all"
) -> Sanic[Any, Any]:
    """The API; it opens its own engine when it starts, unless it is given one."""
    app: Sanic[Any, Any] = Sanic(
        f"payment-engine-{uuid4().hex[:8]}", request_class=LimitedRequest, configure_logging=False
    )
    attach(app, settings, engine, surface)
    for blueprint in (*blueprints.ALL, pages.blueprint, reports.blueprint, returns.blueprint):
        app.blueprint(blueprint.copy(blueprint.name))
    app.error_handler.add(Exception, _error)
    app.error_handler.add(asyncio.CancelledError, _cut_short)
    app.register_middleware(_begin_request, "request")
    app.register_middleware(_end_request, "response")
    _connect(app)
    return app


def attach(
    app: Sanic[Any, Any], settings: Settings, engine: Engine | None, surface: Surface = "all"
) -> None:
    """Let an app that does not run yet serve this engine, or one that it opens itself."""
    app.config.update(_sanic_settings(settings))
    app.ctx.settings, app.ctx.given, app.ctx.surface = settings, engine, surface
    app.ctx.proxies_checked = False


def _sanic_settings(settings: Settings) -> dict[str, Any]:
    return {
        "ACCESS_LOG": False,
        "AUTO_EXTEND": False,
        "FALLBACK_ERROR_FORMAT": ERROR_FORMAT,
        "GRACEFUL_SHUTDOWN_TIMEOUT": settings.shutdown_grace,
        "KEEP_ALIVE_TIMEOUT": 30,
        "PROXIES_COUNT": settings.proxies_count or None,
        "REQUEST_MAX_SIZE": max(_MOST_DRAINED, settings.max_body_bytes),
        "REQUEST_TIMEOUT": 15,
        "RESPONSE_TIMEOUT": 60,
    }


def _connect(app: Sanic[Any, Any]) -> None:
    stack = AsyncExitStack()

    @app.before_server_start
    async def _open(app: Sanic[Any, Any]) -> None:
        app.ctx.keys = KeyRing()
        app.ctx.stopping = app.ctx.draining = False
        for route in app.router.routes_all.values():
            for method in route.methods:
                metrics.start_http_at_zero(method, route.path)
        app.ctx.engine = app.ctx.given or await stack.enter_async_context(
            open_engine(app.ctx.settings, role="api")
        )

    @app.before_server_stop
    async def _stop_waiters(app: Sanic[Any, Any]) -> None:
        app.ctx.stopping = True
        app.ctx.engine.waiters.stop()

    @app.after_server_stop
    async def _close(_: Sanic[Any, Any]) -> None:
        await stack.aclose()


def _error(request: Request, error: Exception) -> HTTPResponse:
    """A problem document, or a page in a customer's browser, with the same status."""
    response = problem(request, error)
    page = error_page(request, response.status) if request else None
    if page is None:
        return response
    if "Retry-After" in response.headers:
        page.headers["Retry-After"] = response.headers["Retry-After"]
    return page


def _cut_short(request: Request, error: asyncio.CancelledError) -> HTTPResponse:
    """A client has gone before its answer: no failure of ours, and logged as proxies log it; or
    this process stops."""
    if isinstance(error, RequestCancelled):
        return HTTPResponse(status=_CLIENT_GONE)
    return _error(request, Unavailable("this process stops; send it again", retry_after=1))


async def _begin_request(request: Request) -> HTTPResponse | None:
    request_id = request.headers.get("x-request-id", "")
    request.ctx.request_id = request_id if _usable(request_id) else f"req_{token_hex(10)}"
    request.ctx.started = time.monotonic()
    logs.clear()
    route = request.route.path if request.route else "unmatched"
    request.ctx.trace = tracing.begin(f"{request.method} /{route}", request.headers)
    rate_limits.begin()
    _check_proxies(request)
    logs.bind(request_id=request.ctx.request_id)
    if not _is_served(request):
        raise NotFound
    return preflight(request)


def _check_proxies(request: Request) -> None:
    """Say once that an ingress's address is taken for that of every caller."""
    engine: Engine = request.app.ctx.engine
    if request.app.ctx.proxies_checked or engine.settings.proxies_count:
        return
    if "x-forwarded-for" in request.headers:
        request.app.ctx.proxies_checked = True
        _log.warning("proxies_not_counted", hint=_SET_PROXIES)


def _is_served(request: Request) -> bool:
    """Whether the route belongs to what this app serves."""
    surface: Surface = request.app.ctx.surface
    path = request.route.path if request.route else ""
    for_staff = path.startswith(_STAFF)
    return surface == "all" or for_staff == (surface == "admin") or path in _PROBES


def _usable(request_id: str) -> bool:
    return bool(REQUEST_ID.fullmatch(request_id)) and not has_card_number(request_id)


async def _end_request(request: Request, response: BaseHTTPResponse) -> None:
    if not hasattr(request.ctx, "request_id"):
        return
    ending = request.app.ctx.stopping or request.app.ctx.draining
    if ending and isinstance(request.stream, Http):
        request.stream.keep_alive = False  # or Sanic waits for the client to hang up
    response.headers["X-Request-Id"] = request.ctx.request_id
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.update(rate_limits.headers())
    allow_origin(request, response)
    route = request.route.path if request.route else "unmatched"
    method = request.method if request.method in _METHODS else "other"
    metrics.series(metrics.http_requests, method, route, str(response.status)).inc()
    seconds = time.monotonic() - request.ctx.started
    if request.app.ctx.engine.settings.log_requests:
        log_request(request, method, route, response.status, seconds)
    tracing.end(request.ctx.trace, response.status)
    if request.args.get("wait"):
        metrics.long_poll_seconds.observe(seconds)
    else:
        metrics.series(metrics.http_seconds, route).observe(seconds)
