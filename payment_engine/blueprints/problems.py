"""Errors as RFC 9457 problem documents: the one place where they are made."""

from typing import Any

import orjson
import structlog
from sanic import HTTPResponse, Request
from sanic import exceptions as http

from payment_engine.db.errors import database_away
from payment_engine.domain import errors

_log = structlog.get_logger()

_OF_SANIC: tuple[tuple[type[Exception], type[errors.EngineError]], ...] = (
    (http.NotFound, errors.NotFound),
    (http.MethodNotAllowed, errors.MethodNotAllowed),
    (http.PayloadTooLarge, errors.PayloadTooLarge),
    (http.RequestTimeout, errors.RequestTimeout),
    (http.ServiceUnavailable, errors.Unavailable),
    (http.BadRequest, errors.BadRequest),
)

_METHODS = ("DELETE", "GET", "PATCH", "POST", "PUT")


def problem(request: Request, error: Exception) -> HTTPResponse:
    """The answer to a request that failed; what is our own fault is logged, never shown."""
    known = _known(error)
    if isinstance(known, errors.Internal):
        _log.error("request_failed", exc_info=error)
    return HTTPResponse(
        orjson.dumps(_document(request, known)),
        status=known.status,
        headers=_headers(request, known),
        content_type="application/problem+json",
    )


def _known(error: Exception) -> errors.EngineError:
    if isinstance(error, errors.EngineError):
        return error
    for theirs, ours in _OF_SANIC:
        if isinstance(error, theirs):
            return ours()
    if database_away(error):
        _log.warning("database_away", error=type(error).__name__)
        return errors.Unavailable("the database cannot be reached at the moment", retry_after=2)
    return errors.Internal()


def _document(request: Request, error: errors.EngineError) -> dict[str, Any]:
    return {
        "type": f"/problems/{error.code}",
        "title": error.title,
        "status": error.status,
        "detail": error.detail,
        "code": error.code,
        "request_id": getattr(request.ctx, "request_id", None) if request else None,
        "retryable": error.retryable,
        **error.extra,
    }


def _headers(request: Request, known: errors.EngineError) -> dict[str, str]:
    headers = {}
    if isinstance(known, errors.Unauthenticated):
        headers["WWW-Authenticate"] = "Bearer"
    if "retry_after" in known.extra:
        headers["Retry-After"] = str(known.extra["retry_after"])
    if isinstance(known, errors.MethodNotAllowed):
        headers["Allow"] = ", ".join(method for method in _METHODS if _offers(request, method))
    return headers


def _offers(request: Request, method: str) -> bool:
    """Whether the path answers to a method; the router's own list is empty for some paths."""
    try:
        request.app.router.get(request.path, method, request.headers.get("host"))
    except http.SanicException:
        return False
    return True
