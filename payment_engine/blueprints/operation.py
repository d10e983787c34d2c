"""What every route does alike: who may call, what fits, once per key, answer as JSON."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, cast

import orjson
from pydantic import BaseModel, TypeAdapter, ValidationError
from sanic import Blueprint, HTTPResponse, Request

from payment_engine.blueprints.body import check_body, without
from payment_engine.blueprints.callers import authenticate
from payment_engine.domain.callers import Caller
from payment_engine.domain.errors import (
    CardDataNotAccepted,
    EngineError,
    Forbidden,
    IdempotencyKeyRequired,
    InvalidRequest,
)
from payment_engine.domain.masking import has_card_number
from payment_engine.domain.requests.payments import fault_message, fault_pointer
from payment_engine.engine import Engine
from payment_engine.services.access.idempotency import Answer, Call, fingerprinted

_KEY = re.compile("[!-~]{1,200}")
_MOST_PLACES = 20


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One route as its callers know it; OpenAPI is made from these."""

    method: str
    path: str
    summary: str
    tag: str
    callers: frozenset[str]
    answers: dict[int, Any]
    body: Any = None
    query: type[BaseModel] | None = None
    errors: tuple[type[EngineError], ...] = ()
    idempotent: bool = False
    secrets: frozenset[str] = frozenset()
    """Fields of the body that hold what is used once and kept nowhere: ``cvv``, ``otp``."""
    role: str | None = None


OPERATIONS: list[Operation] = []
"""Every route declared, in the order of import."""


@dataclass(frozen=True, kw_only=True)
class ApiCall:
    """One request that fits: who calls, what was sent, under which key."""

    engine: Engine
    request: Request
    caller: Caller
    body: Any = None
    query: Any = None
    key: Call | None = None
    path: dict[str, str] = field(default_factory=dict)

    @property
    def ip(self) -> str | None:
        """The caller's address, behind as many proxies as the settings say."""
        return self.request.remote_addr or self.request.ip

    @property
    def call(self) -> Call:
        """The idempotent call; only for operations declared so."""
        return cast(Call, self.key)


Handler = Callable[[ApiCall], Awaitable[Answer | HTTPResponse]]


def operation(
    blueprint: Blueprint, method: str, path: str, **declared: Any
) -> Callable[[Handler], Handler]:
    """Declare a route. What changes anything runs to its end even when the caller leaves."""
    declared["callers"] = frozenset(declared.get("callers", ()))
    known = Operation(method=method, path=path, tag=blueprint.name, **declared)
    OPERATIONS.append(known)
    body = TypeAdapter(known.body) if known.body else None
    tagged = not isinstance(known.body, type)

    def decorate(handler: Handler) -> Handler:
        async def route(request: Request, **path_values: str) -> HTTPResponse:
            engine: Engine = request.app.ctx.engine
            caller = await authenticate(engine, request, known.callers)
            if known.role and known.role not in caller.roles:
                raise Forbidden(f"this route is for people with the role {known.role}")
            came = ApiCall(
                engine=engine,
                request=request,
                caller=caller,
                body=_body(request, body, known.secrets, tagged=tagged) if body else None,
                query=_query(request, known.query) if known.query else None,
                key=_key(engine, request, caller, known.secrets) if known.idempotent else None,
                path=path_values,
            )
            work = handler(came)
            answer = await (work if method == "GET" else engine.critical.run(_coroutine(work)))
            return answer if isinstance(answer, HTTPResponse) else as_json(answer)

        name = f"{handler.__module__.rpartition('.')[2]}_{handler.__name__}"
        blueprint.add_route(route, path, methods=[method], name=name)
        return handler

    return decorate


def as_json(answer: Answer, headers: dict[str, str] | None = None) -> HTTPResponse:
    """An answer as its bytes."""
    return HTTPResponse(
        orjson.dumps(answer.body),
        status=answer.status,
        headers=headers,
        content_type="application/json",
    )


async def _coroutine(work: Awaitable[Answer | HTTPResponse]) -> Answer | HTTPResponse:
    return await work


def _body(
    request: Request, shape: TypeAdapter[Any], secrets: frozenset[str], *, tagged: bool
) -> Any:
    raw = check_body(request, secrets)
    try:
        return shape.validate_json(raw)
    except ValidationError as error:
        raise _misfit(error, tagged=tagged) from None


def _query(request: Request, shape: type[BaseModel]) -> BaseModel:
    given = {name: values[-1] for name, values in request.args.items()}
    try:
        return shape.model_validate_strings(given)
    except ValidationError as error:
        raise _misfit(error) from None


def _misfit(error: ValidationError, *, tagged: bool = False) -> InvalidRequest:
    faults = cast(list[dict[str, Any]], error.errors(include_input=False, include_url=False))
    places = [
        {"pointer": fault_pointer(fault, tagged=tagged), "message": fault_message(fault)}
        for fault in faults[:_MOST_PLACES]
    ]
    first = places[0]
    return InvalidRequest(f"{first['pointer'] or 'body'}: {first['message']}", errors=places)


def _key(engine: Engine, request: Request, caller: Caller, secrets: frozenset[str]) -> Call:
    key = request.headers.get("idempotency-key", "")
    if not _KEY.fullmatch(key):
        raise IdempotencyKeyRequired(
            "send an Idempotency-Key header of 1 to 200 visible ASCII characters, "
            "a new one for each new intention"
        )
    if has_card_number(key):
        raise CardDataNotAccepted("the Idempotency-Key holds a card number")
    scoped = f"{caller.payment_id or ''}:{key}"
    route = f"{request.method} {request.path}"
    asked = request.body
    if secrets and asked:
        asked = orjson.dumps(without(orjson.loads(asked), secrets))
    return fingerprinted(engine, caller.merchant_id, scoped, route, asked)
