"""Trying to pay."""

from sanic import Blueprint

from payment_engine.blueprints.operation import Incoming, operation
from payment_engine.blueprints.schemas.payments import AttemptAnswer
from payment_engine.domain import errors
from payment_engine.domain.requests.payments import AttemptIn
from payment_engine.services.attempts import start_attempt
from payment_engine.services.idempotency import Answer

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
async def attempt(came: Incoming) -> Answer:
    """201 also for a decline: the attempt says so."""
    payment_id = came.path["payment_id"]
    return await start_attempt(came.engine, came.caller, payment_id, came.body, came.call, came.ip)
