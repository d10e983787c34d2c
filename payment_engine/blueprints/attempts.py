"""Starting an attempt to pay."""

from sanic import Blueprint

from payment_engine.blueprints.operation import ApiCall, operation
from payment_engine.domain import errors
from payment_engine.domain.requests import sizes
from payment_engine.domain.requests.attempts import AttemptIn
from payment_engine.services.access.idempotency import Answer
from payment_engine.services.attempts import start
from payment_engine.services.documents.payment import AttemptAnswer

blueprint = Blueprint("attempts")


@operation(
    blueprint,
    "POST",
    "/v1/payments/<payment_id:str>/attempts",
    summary="Start a payment attempt",
    callers={"service", "checkout"},
    body=AttemptIn,
    max_body=sizes.DEVICE,
    idempotent=True,
    admitted=True,
    secrets=frozenset({"cvv", "card"}),
    answers={201: AttemptAnswer},
    errors=(
        errors.NotFound,
        errors.AttemptInProgress,
        errors.TooManyAttempts,
        errors.PaymentNotOpen,
        errors.MethodNotAvailable,
        errors.UpiCollectNotAllowed,
        errors.InstrumentNotUsable,
        errors.InvalidVpa,
        errors.LimitExceeded,
        errors.TooManyDeclines,
        errors.TooManySaved,
    ),
)
async def start_attempt(call: ApiCall[AttemptIn]) -> Answer:
    """201 for a decline as well: the attempt then has status ``failed`` and a ``decline``."""
    return await start.start_attempt(
        call.engine,
        call.caller,
        call.path["payment_id"],
        call.body,
        call.idempotent_call,
        call.ip,
    )
