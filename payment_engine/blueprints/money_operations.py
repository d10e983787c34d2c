"""Money after payment: cancel, capture, void, refund."""

from sanic import Blueprint

from payment_engine.blueprints.operation import ApiCall, operation
from payment_engine.blueprints.schemas.payments import PaymentOut, RefundAnswer, RefundOut
from payment_engine.domain import errors
from payment_engine.domain.requests.payments import CaptureIn, Nothing, RefundIn
from payment_engine.services import payments
from payment_engine.services.access.idempotency import Answer
from payment_engine.services.attempts import follow_up
from payment_engine.services.documents import refund_document
from payment_engine.services.refunds import issue

blueprint = Blueprint("after")

_AUTHORIZED = (errors.NotFound, errors.PaymentNotOpen, errors.Unsupported)


@operation(
    blueprint,
    "POST",
    "/v1/payments/<payment_id:str>/cancel",
    summary="Close a payment that nobody paid",
    callers={"service", "checkout"},
    body=Nothing,
    idempotent=True,
    answers={200: PaymentOut},
    errors=(errors.NotFound, errors.PaymentNotOpen),
)
async def cancel(came: ApiCall) -> Answer:
    """Money that still arrives is sent back."""
    return await payments.cancel(came.engine, came.caller, came.path["payment_id"], came.call)


@operation(
    blueprint,
    "POST",
    "/v1/payments/<payment_id:str>/capture",
    summary="Take the authorized amount, or a part of it",
    callers={"service"},
    body=CaptureIn,
    idempotent=True,
    answers={200: PaymentOut, 202: PaymentOut},
    errors=(*_AUTHORIZED, errors.AmountTooHigh, errors.CaptureInProgress),
)
async def capture(came: ApiCall) -> Answer:
    """202 while the gateway owes the answer."""
    payment_id, amount = came.path["payment_id"], came.body.amount
    return await follow_up.capture(came.engine, came.caller, payment_id, amount, came.call)


@operation(
    blueprint,
    "POST",
    "/v1/payments/<payment_id:str>/void",
    summary="Release the authorized amount",
    callers={"service"},
    body=Nothing,
    idempotent=True,
    answers={200: PaymentOut, 202: PaymentOut},
    errors=_AUTHORIZED,
)
async def void(came: ApiCall) -> Answer:
    """202 while the gateway owes the answer."""
    return await follow_up.void(came.engine, came.caller, came.path["payment_id"], came.call)


@operation(
    blueprint,
    "POST",
    "/v1/payments/<payment_id:str>/refunds",
    summary="Give money back",
    callers={"service"},
    body=RefundIn,
    idempotent=True,
    answers={201: RefundAnswer},
    errors=(
        errors.NotFound,
        errors.NothingToRefund,
        errors.AmountTooHigh,
        errors.RefundWindowOver,
        errors.MoneyAlreadyReturned,
        errors.Unavailable,
    ),
)
async def refund(came: ApiCall) -> Answer:
    """To where it came from; several partial ones up to what was captured."""
    payment_id = came.path["payment_id"]
    return await issue.start_refund(came.engine, came.caller, payment_id, came.body, came.call)


@operation(
    blueprint,
    "GET",
    "/v1/refunds/<refund_id:str>",
    summary="Read a refund",
    callers={"service"},
    answers={200: RefundOut},
    errors=(errors.NotFound,),
)
async def read_refund(came: ApiCall) -> Answer:
    """The refund with the bank's numbers, as far as they are known."""
    return Answer(
        200, refund_document(await issue.read_refund(came.caller, came.path["refund_id"]))
    )
