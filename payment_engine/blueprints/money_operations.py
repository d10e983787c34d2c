"""Operations on a payment's money: cancel, capture, void, refund."""

from sanic import Blueprint

from payment_engine.blueprints.operation import ApiCall, operation
from payment_engine.domain import errors
from payment_engine.domain.requests import sizes
from payment_engine.domain.requests.payments import CaptureIn, EmptyBody, RefundIn
from payment_engine.services import payments
from payment_engine.services.access.idempotency import Answer
from payment_engine.services.attempts import capture as captures
from payment_engine.services.documents.payment import PaymentOut, RefundAnswer
from payment_engine.services.documents.refund import RefundOut, refund_document
from payment_engine.services.refunds import issue

blueprint = Blueprint("money-operations")

_AUTHORIZED = (errors.NotFound, errors.PaymentNotOpen, errors.Unsupported)


@operation(
    blueprint,
    "POST",
    "/v1/payments/<payment_id:str>/cancel",
    summary="Cancel an unpaid payment",
    callers={"service", "checkout"},
    body=EmptyBody,
    idempotent=True,
    answers={200: PaymentOut},
    errors=(errors.NotFound, errors.PaymentNotOpen),
)
async def cancel_payment(call: ApiCall[EmptyBody]) -> Answer:
    """Money that still arrives is refunded automatically."""
    payment_id = call.path["payment_id"]
    return await payments.cancel(call.engine, call.caller, payment_id, call.idempotent_call)


@operation(
    blueprint,
    "POST",
    "/v1/payments/<payment_id:str>/capture",
    summary="Capture the authorized amount, or part of it",
    callers={"service"},
    body=CaptureIn,
    idempotent=True,
    answers={200: PaymentOut, 202: PaymentOut},
    errors=(*_AUTHORIZED, errors.AmountTooHigh, errors.CaptureInProgress),
)
async def capture_payment(call: ApiCall[CaptureIn]) -> Answer:
    """202 while the gateway's answer is outstanding."""
    return await captures.capture(
        call.engine,
        call.caller,
        call.path["payment_id"],
        call.body.amount,
        call.idempotent_call,
    )


@operation(
    blueprint,
    "POST",
    "/v1/payments/<payment_id:str>/void",
    summary="Void the authorization",
    callers={"service"},
    body=EmptyBody,
    idempotent=True,
    answers={200: PaymentOut, 202: PaymentOut},
    errors=_AUTHORIZED,
)
async def void_payment(call: ApiCall[EmptyBody]) -> Answer:
    """202 while the gateway's answer is outstanding."""
    payment_id = call.path["payment_id"]
    return await captures.void(call.engine, call.caller, payment_id, call.idempotent_call)


@operation(
    blueprint,
    "POST",
    "/v1/payments/<payment_id:str>/refunds",
    summary="Refund a payment, in full or in part",
    callers={"service"},
    body=RefundIn,
    max_body=sizes.LINES,
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
async def refund_payment(call: ApiCall[RefundIn]) -> Answer:
    """To the source of the money; several partial refunds are possible up to what was captured."""
    payment_id = call.path["payment_id"]
    return await issue.create_refund(
        call.engine, call.caller, payment_id, call.body, call.idempotent_call
    )


@operation(
    blueprint,
    "GET",
    "/v1/refunds/<refund_id:str>",
    summary="Read a refund",
    callers={"service"},
    answers={200: RefundOut},
    errors=(errors.NotFound,),
)
async def read_refund(call: ApiCall) -> RefundOut:
    """The refund with the bank's reference numbers, as far as they are known."""
    refund_id = call.path["refund_id"]
    payment = await issue.read_refund(call.engine, call.caller, refund_id)
    return refund_document(payment.refund(refund_id))
