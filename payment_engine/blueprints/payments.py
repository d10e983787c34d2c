"""Reading a payment, listing those of an order, and what a payment can be paid with."""

from collections.abc import Callable
from typing import TypeVar

from sanic import Blueprint, HTTPResponse

from payment_engine.blueprints.operation import (
    ETAG,
    IF_NONE_MATCH,
    RETRY_AFTER,
    ApiCall,
    as_json,
    operation,
)
from payment_engine.domain.payment import Snapshot
from payment_engine.domain.requests import sizes
from payment_engine.domain.requests.client import ClientIn, MethodsQuery
from payment_engine.domain.requests.payments import PaymentsQuery, ReadQuery
from payment_engine.engine import Engine
from payment_engine.services import payments
from payment_engine.services.documents.methods import MethodsOut
from payment_engine.services.documents.payment import PaymentList, PaymentOut, payment_document
from payment_engine.services.documents.status import StatusOut, status_document
from payment_engine.services.methods.document import methods_document
from payment_engine.services.payment_list import list_page

blueprint = Blueprint("payments")

_READERS = {"service", "checkout"}


@operation(
    blueprint,
    "GET",
    "/v1/payments",
    summary="List payments: of an order, or by time and status",
    callers={"service"},
    query=PaymentsQuery,
    answers={200: PaymentList},
)
async def list_payments(call: ApiCall[None, PaymentsQuery]) -> PaymentList:
    """Oldest first. A page may have fewer payments than its limit, even none, while ``next`` says
    that more follow; of an order, all are on one page."""
    return await list_page(call.engine, call.caller, call.query)


@operation(
    blueprint,
    "GET",
    "/v1/payments/<payment_id:str>",
    summary="Read a payment, now or when it changes",
    callers=_READERS,
    query=ReadQuery,
    answers={200: PaymentOut, 304: None},
    takes=(IF_NONE_MATCH,),
    gives=(ETAG, RETRY_AFTER),
)
async def read_payment(call: ApiCall[None, ReadQuery]) -> HTTPResponse:
    """304 where the version in If-None-Match is still the current one. Retry-After tells in how
    many seconds to ask again."""
    return await _read(call, payment_document)


@operation(
    blueprint,
    "GET",
    "/v1/payments/<payment_id:str>/status",
    summary="Read how a payment stands",
    callers={"status"},
    query=ReadQuery,
    answers={200: StatusOut, 304: None},
    takes=(IF_NONE_MATCH,),
    gives=(ETAG, RETRY_AFTER),
)
async def read_payment_status(call: ApiCall[None, ReadQuery]) -> HTTPResponse:
    """For a page that is opened after its checkout token has expired, or in another browser; it
    names nobody. 304 and Retry-After as for a payment."""
    return await _read(call, status_document)


Rendered = TypeVar("Rendered", PaymentOut, StatusOut)


async def _read(
    call: ApiCall[None, ReadQuery], render: Callable[[Engine, Snapshot], Rendered]
) -> HTTPResponse:
    known = _version(call.request.headers.get("if-none-match", ""))
    reading = await payments.read_payment(
        call.engine, call.caller, call.path["payment_id"], wait=call.query.wait, known_version=known
    )
    snapshot = reading.snapshot
    version = snapshot.payment.version if snapshot else known
    headers = {
        "ETag": f'"{version}"',
        "Cache-Control": "no-store",
        "Retry-After": str(reading.retry_after),
    }
    if snapshot is None or version == known:
        return HTTPResponse(status=304, headers=headers)
    document = render(call.engine, snapshot)
    if document["next_poll_in_ms"]:
        document["next_poll_in_ms"] = max(document["next_poll_in_ms"], reading.retry_after * 1000)
    return as_json(document, headers=headers)


@operation(
    blueprint,
    "GET",
    "/v1/payments/<payment_id:str>/methods",
    summary="List payment methods",
    callers=_READERS,
    query=MethodsQuery,
    answers={200: MethodsOut},
)
async def list_methods(call: ApiCall[None, MethodsQuery]) -> MethodsOut:
    """Recommended first, then groups in order."""
    client = call.query.client()
    return await methods_document(call.engine, call.caller, call.path["payment_id"], client)


@operation(
    blueprint,
    "POST",
    "/v1/payments/<payment_id:str>/methods",
    summary="List payment methods (full client context)",
    callers=_READERS,
    body=ClientIn,
    max_body=sizes.DEVICE,
    answers={200: MethodsOut},
)
async def list_methods_for_client(call: ApiCall[ClientIn]) -> MethodsOut:
    """Recommended first, then groups in order."""
    return await methods_document(call.engine, call.caller, call.path["payment_id"], call.body)


def _version(etag: str) -> int | None:
    text = etag.strip().removeprefix("W/").strip('"')
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
