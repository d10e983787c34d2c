"""Errors as RFC 9457 problem documents: every error response is made here."""

from typing import Annotated, NotRequired

import orjson
import structlog
from pydantic import ConfigDict, WithJsonSchema, with_config
from sanic import HTTPResponse, Request
from sanic import exceptions as http
from typing_extensions import TypedDict

from payment_engine.db.errors import database_away
from payment_engine.domain import errors
from payment_engine.domain.errors import FieldError

_log = structlog.get_logger()

_OF_SANIC: tuple[tuple[type[Exception], type[errors.EngineError]], ...] = (
    (http.NotFound, errors.NotFound),
    (http.MethodNotAllowed, errors.MethodNotAllowed),
    (http.PayloadTooLarge, errors.PayloadTooLarge),
    (http.RequestTimeout, errors.RequestTimeout),
    (http.ServiceUnavailable, errors.Unavailable),
    (http.BadRequest, errors.BadRequest),
)

_METHODS = ("DELETE", "GET", "HEAD", "PATCH", "POST", "PUT")


Code = Annotated[
    str,
    WithJsonSchema({"type": "string", "enum": [error.code for error in errors.all_errors()]}),
]


@with_config(ConfigDict(json_schema_extra={"additionalProperties": True}))
class Problem(TypedDict):
    """An error, by RFC 9457; further members depend on ``code``."""

    type: str
    title: str
    status: int
    detail: str
    code: Code
    request_id: str | None
    retryable: bool
    errors: NotRequired[list[FieldError]]


def problem(request: Request, error: Exception) -> HTTPResponse:
    """The response to a failed request; an unexpected error is logged, and its text is not sent."""
    known = _known(error)
    if isinstance(known, errors.Internal):
        _log.error("request_failed", exc_info=error)
    return HTTPResponse(
        orjson.dumps({**_problem(request, known), **known.extra}),
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


def _problem(request: Request, error: errors.EngineError) -> Problem:
    return {
        "type": f"/problems/{error.code}",
        "title": error.title,
        "status": error.status,
        "detail": error.detail,
        "code": error.code,
        "request_id": getattr(request.ctx, "request_id", None) if request else None,
        "retryable": error.retryable,
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
