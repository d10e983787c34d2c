"""Reading a payment, finding it by order, and what it can be paid with."""

from sanic import Blueprint, HTTPResponse

from payment_engine.blueprints.operation import ApiCall, as_json, operation
from payment_engine.blueprints.schemas.methods import MethodsOut
from payment_engine.blueprints.schemas.payments import PaymentList, PaymentOut
from payment_engine.domain.requests.payments import ClientIn, MethodsQuery, OrderQuery, ReadQuery
from payment_engine.services.access.idempotency import Answer
from payment_engine.services.documents import payment_document
from payment_engine.services.methods.document import methods_document
from payment_engine.services.payments import find_by_order, read_payment

blueprint = Blueprint("payments")

_READERS = {"service", "checkout"}


@operation(
    blueprint,
    "GET",
    "/v1/payments",
    summary="Find the payments of an order",
    callers={"service"},
    query=OrderQuery,
    answers={200: PaymentList},
)
async def find(came: ApiCall) -> Answer:
    """Oldest first; an order that was never paid for has an empty list."""
    found = await find_by_order(came.engine, came.caller, came.query.order_id)
    return Answer(200, {"payments": found})


@operation(
    blueprint,
    "GET",
    "/v1/payments/<payment_id:str>",
    summary="Read a payment, at once or when it changes",
    callers=_READERS,
    query=ReadQuery,
    answers={200: PaymentOut, 304: None},
)
async def read(came: ApiCall) -> HTTPResponse:
    """304 where the version in If-None-Match is still the current one."""
    seen = _version(came.request.headers.get("if-none-match", ""))
    snapshot = await read_payment(
        came.engine, came.caller, came.path["payment_id"], wait=came.query.wait, seen=seen
    )
    version = snapshot.payment.version
    headers = {"ETag": f'"{version}"', "Cache-Control": "no-store"}
    if version == seen:
        return HTTPResponse(status=304, headers=headers)
    return as_json(Answer(200, payment_document(came.engine, snapshot)), headers)


@operation(
    blueprint,
    "GET",
    "/v1/payments/<payment_id:str>/methods",
    summary="What a customer can pay with here",
    callers=_READERS,
    query=MethodsQuery,
    answers={200: MethodsOut},
)
async def methods(came: ApiCall) -> Answer:
    """Recommended first, then groups in order."""
    return await _methods(came, came.query.client())


@operation(
    blueprint,
    "POST",
    "/v1/payments/<payment_id:str>/methods",
    summary="The same, for a fuller client context",
    callers=_READERS,
    body=ClientIn,
    answers={200: MethodsOut},
)
async def methods_for(came: ApiCall) -> Answer:
    """Recommended first, then groups in order."""
    return await _methods(came, came.body)


async def _methods(came: ApiCall, client: ClientIn) -> Answer:
    found = await methods_document(came.engine, came.caller, came.path["payment_id"], client)
    return Answer(200, found)


def _version(tag: str) -> int | None:
    text = tag.strip().removeprefix("W/").strip('"')
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
