"""CORS: pages of the origins in `PE_CHECKOUT_ORIGINS` may call, and no others."""

from sanic import HTTPResponse, Request
from sanic.response import BaseHTTPResponse

from payment_engine.engine import Engine

_METHODS = "GET, POST, PUT, PATCH, DELETE"
_HEADERS = "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, X-Request-Id"
_EXPOSED = "ETag, RateLimit, RateLimit-Policy, Retry-After, X-Request-Id"


def preflight(request: Request) -> HTTPResponse | None:
    """The response to a browser's preflight request."""
    asks = request.method == "OPTIONS" and "access-control-request-method" in request.headers
    if not (asks and _allowed(request)):
        return None
    return HTTPResponse(
        status=204,
        headers={
            "Access-Control-Allow-Methods": _METHODS,
            "Access-Control-Allow-Headers": _HEADERS,
            "Access-Control-Max-Age": "600",
        },
    )


def allow_origin(request: Request, response: BaseHTTPResponse) -> None:
    """Let the calling page read the response, if its origin is allowed."""
    if origin := _allowed(request):
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Expose-Headers"] = _EXPOSED
        varies = response.headers.get("Vary")
        response.headers["Vary"] = f"{varies}, Origin" if varies else "Origin"


def _allowed(request: Request) -> str | None:
    engine: Engine = request.app.ctx.engine
    origin = request.headers.get("origin")
    return origin if origin in engine.settings.checkout_origins else None
