"""What every route does alike: authenticate, validate, run once per idempotency key, send JSON."""

import re
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, cast

import orjson
from pydantic import BaseModel, TypeAdapter, ValidationError
from sanic import Blueprint, HTTPResponse, Request
from typing_extensions import TypeVar

from payment_engine.blueprints.body import NO_BODY, CheckedBody, check_body
from payment_engine.blueprints.callers import authenticate
from payment_engine.blueprints.json_response import JsonResponse
from payment_engine.domain.callers import PLATFORM, Caller
from payment_engine.domain.card_numbers import is_card_number
from payment_engine.domain.errors import (
    CardDataNotAccepted,
    EngineError,
    Forbidden,
    IdempotencyKeyRequired,
    InvalidRequest,
)
from payment_engine.domain.requests import sizes
from payment_engine.domain.requests.field_errors import field_error
from payment_engine.engine import Engine
from payment_engine.read_route import ERROR_FORMAT
from payment_engine.services.access.idempotency import Answer, IdempotentCall, fingerprinted
from payment_engine.services.access.repeats import done_once

Body = TypeVar("Body", default=None)
Query = TypeVar("Query", default=None)

_KEY = re.compile("[!-~]{1,200}")
_MAX_ERRORS = 20
_STAFF = frozenset({"admin"})


@dataclass(frozen=True)
class Header:
    """A header that callers send, or are sent."""

    name: str
    description: str
    required: bool = False


IF_NONE_MATCH = Header("If-None-Match", "The ETag that you last read: 304 if it is still current.")
IF_MATCH = Header("If-Match", "The ETag that you last read.", required=True)
ETAG = Header("ETag", "The version of what is sent.")
DATA_AGE = Header("Data-Age", "How many seconds old what is shown is at most; 0 if it is current.")
RETRY_AFTER = Header("Retry-After", "In how many seconds to ask again.")


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One route as its callers know it; OpenAPI is made from these.

    ``name`` and ``description`` are its handler's. Names are for generated clients, so a new one
    breaks them.
    """

    name: str
    description: str
    method: str
    path: str
    summary: str
    tag: str
    callers: frozenset[str]
    answers: Mapping[int, Any]
    """What is sent with each status of success: a document's TypedDict, or None for no body."""
    body: Any = None
    max_body: int = sizes.SMALL
    """The largest body that is read, in bytes; ``sizes.NO_BODY`` where there is none."""
    query: type[BaseModel] | None = None
    errors: tuple[type[EngineError], ...] = ()
    idempotent: bool = False
    secrets: frozenset[str] = frozenset()
    """Fields of the body that are used once and never stored, such as ``cvv`` and ``otp``."""
    role: str | None = None
    admitted: bool = False
    """Whether it begins only as far as the share of attempts goes."""
    platform: bool = False
    """Whether it is about what all merchants share, so that the role alone does not do."""
    stale: bool = False
    """Whether a person on call may be shown what a replica has, which may be behind."""
    takes: tuple[Header, ...] = ()
    gives: tuple[Header, ...] = ()

    @property
    def most_bytes(self) -> int:
        """The largest body that is read."""
        return self.max_body if self.body else sizes.NO_BODY

    @property
    def repeatable(self) -> bool:
        """Whether it is an action of people on call, who may send a key with it."""
        return self.callers == _STAFF and self.method != "GET"

    @property
    def takes_key(self) -> bool:
        """Whether callers must or may send an Idempotency-Key."""
        return self.idempotent or self.repeatable

    @property
    def roles(self) -> tuple[str, ...]:
        """All roles that it takes together."""
        return (*filter(None, [self.role]), *([PLATFORM] if self.platform else []))


OPERATIONS: list[Operation] = []
"""Every declared route, in the order of import."""


@dataclass(frozen=True, kw_only=True)
class ApiCall(Generic[Body, Query]):
    """One valid request: who calls, the parsed body and query, the idempotency key."""

    engine: Engine
    request: Request
    caller: Caller
    body: Body
    query: Query
    key: IdempotentCall | None = None
    path: dict[str, str] = field(default_factory=dict)

    @property
    def ip(self) -> str | None:
        """The caller's address, behind as many proxies as the settings say."""
        return self.request.remote_addr or self.request.ip

    @property
    def idempotent_call(self) -> IdempotentCall:
        """The call under its idempotency key; only for operations declared ``idempotent``."""
        return cast(IdempotentCall, self.key)


Result = Answer | HTTPResponse | Mapping[str, object]
Handler = Callable[[ApiCall[Any, Any]], Awaitable[Result]]


def operation(
    blueprint: Blueprint,
    method: str,
    path: str,
    *,
    summary: str,
    answers: Mapping[int, Any],
    callers: Iterable[str],
    name: str | None = None,
    **declared: Any,
) -> Callable[[Handler], Handler]:
    """Declare a route; ``declared`` are further fields of ``Operation``. ``name``: if it is not the
    handler's.

    The handler returns a document, sent with the first status of ``answers``, or an ``Answer`` with
    a status of its own. Whatever is not a GET runs to its end even when the caller disconnects.
    """

    def decorate(handler: Handler) -> Handler:
        known = Operation(
            name=name or handler.__name__,
            description=handler.__doc__ or "",
            method=method,
            path=path,
            summary=summary,
            tag=blueprint.name,
            callers=frozenset(callers),
            answers=answers,
            **declared,
        )
        OPERATIONS.append(known)
        _add_route(blueprint, known, handler)
        return handler

    return decorate


def _add_route(blueprint: Blueprint, known: Operation, handler: Handler) -> None:
    body = TypeAdapter(known.body) if known.body else None

    async def respond(request: Request, **path_values: str) -> HTTPResponse:
        engine: Engine = request.app.ctx.engine
        if known.admitted:
            engine.attempts.refuse_if_full()
        else:
            engine.attempts.other()
        call = await _api_call(known, body, request, path_values)
        if known.stale:
            read = await engine.db.read_stale(lambda: handler(call))
            response = _response(known, read.result)
            response.headers[DATA_AGE.name] = str(read.age)
            return response
        if known.method == "GET":
            return _response(known, await handler(call))
        return _response(known, await engine.critical.run(_work(known, handler, call)))

    async def route(request: Request, **path_values: str) -> HTTPResponse:
        if known.callers != _STAFF:
            return await respond(request, **path_values)
        with request.app.ctx.engine.db.for_staff():
            return await respond(request, **path_values)

    blueprint.add_route(
        route,
        known.path,
        methods=[known.method],
        name=known.name,
        error_format=ERROR_FORMAT,
        ctx_max_body=known.most_bytes,
    )


def as_json(
    document: Mapping[str, object], status: int = 200, headers: dict[str, str] | None = None
) -> HTTPResponse:
    """A document as the response's bytes."""
    return _json_response(orjson.dumps(document), status, headers)


def _json_response(
    content: bytes, status: int, headers: dict[str, str] | None = None
) -> HTTPResponse:
    return JsonResponse(content, status, headers, "application/json")


async def _api_call(
    known: Operation,
    body: TypeAdapter[Any] | None,
    request: Request,
    path_values: dict[str, str],
) -> ApiCall[Any, Any]:
    engine: Engine = request.app.ctx.engine
    caller = await authenticate(engine, request, known.callers)
    if missing := [role for role in known.roles if role not in caller.roles]:
        raise Forbidden(f"this route requires the role {' and the role '.join(missing)}")
    checked = check_body(request, known.secrets) if body else NO_BODY
    return ApiCall(
        engine=engine,
        request=request,
        caller=caller,
        body=_body(checked, body, known) if body else None,
        query=_query(request, known.query) if known.query else None,
        key=_key(engine, request, caller, checked) if _has_key(known, request) else None,
        path=path_values,
    )


def _work(
    known: Operation, handler: Handler, call: ApiCall[Any, Any]
) -> Coroutine[Any, Any, Result]:
    """What runs to its end even when the caller disconnects."""

    async def work() -> Result:
        if known.repeatable and call.key:
            return await _repeated(known, handler, call)
        return await handler(call)

    return call.engine.attempts.run(work()) if known.admitted else work()


def _repeated(known: Operation, handler: Handler, call: ApiCall[Any, Any]) -> Awaitable[Result]:
    """The work of a person on call, once for its key."""
    status = next(iter(known.answers))

    async def work() -> Mapping[str, object]:
        return cast(Mapping[str, object], await handler(call))

    return done_once(call.engine, call.idempotent_call, status, work)


def _response(known: Operation, result: Result) -> HTTPResponse:
    if isinstance(result, HTTPResponse):
        return result
    if isinstance(result, Answer):
        headers = {"Idempotency-Replayed": "true"} if result.replayed else None
        return _json_response(result.json, result.status, headers)
    return as_json(result, next(iter(known.answers)))


def _body(checked: CheckedBody, shape: TypeAdapter[Any], known: Operation) -> Any:
    try:
        return shape.validate_json(checked.raw)
    except ValidationError as error:
        raise _invalid_request(error, tagged=not isinstance(known.body, type)) from None


def _query(request: Request, shape: type[BaseModel]) -> BaseModel:
    given = {name: values[-1] for name, values in request.args.items()}
    try:
        return shape.model_validate_strings(given)
    except ValidationError as error:
        raise _invalid_request(error) from None


def _invalid_request(error: ValidationError, *, tagged: bool = False) -> InvalidRequest:
    details = cast(list[dict[str, Any]], error.errors(include_input=False, include_url=False))
    errors = [field_error(detail, tagged=tagged) for detail in details[:_MAX_ERRORS]]
    first = errors[0]
    return InvalidRequest(f"{first['pointer'] or 'body'}: {first['message']}", errors=errors)


def _has_key(known: Operation, request: Request) -> bool:
    return known.idempotent or (known.repeatable and "idempotency-key" in request.headers)


def _key(engine: Engine, request: Request, caller: Caller, body: CheckedBody) -> IdempotentCall:
    key = request.headers.get("idempotency-key", "")
    if not _KEY.fullmatch(key):
        raise IdempotencyKeyRequired(
            "send an Idempotency-Key header of 1 to 200 visible ASCII characters, "
            "a new one for each new intention"
        )
    if is_card_number(key):
        raise CardDataNotAccepted("the Idempotency-Key is a card number")
    scoped = f"{caller.actor if caller.kind == 'admin' else caller.payment_id or ''}:{key}"
    route = f"{request.method} {request.path}"
    return fingerprinted(engine, caller.merchant_id, scoped, route, body.stored)
