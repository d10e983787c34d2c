"""AttemptContext to pay."""

from sanic import Blueprint

from payment_engine.blueprints.operation import ApiCall, operation
from payment_engine.blueprints.schemas.payments import AttemptAnswer
from payment_engine.domain import errors
from payment_engine.domain.requests.payments import AttemptIn
from payment_engine.services.access.idempotency import Answer
from payment_engine.services.attempts.start import start_attempt

blueprint = Blueprint("attempts")


@operation(
    blueprint,
    "POST",
    "/v1/payments/<payment_id:str>/attempts",
    summary="Try to pay by one method",
    callers={"service", "checkout"},
    body=AttemptIn,
    idempotent=True,
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
        errors.TooManySaved,
    ),
)
async def attempt(came: ApiCall) -> Answer:
    """201 also for a decline: the attempt says so."""
    payment_id = came.path["payment_id"]
    return await start_attempt(came.engine, came.caller, payment_id, came.body, came.call, came.ip)
