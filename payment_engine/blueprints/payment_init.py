"""Opening a payment for an order."""

from sanic import Blueprint

from payment_engine.blueprints.operation import ApiCall, operation
from payment_engine.domain import errors
from payment_engine.domain.requests import sizes
from payment_engine.domain.requests.payments import PaymentIn
from payment_engine.services.access.idempotency import Answer
from payment_engine.services.documents.payment import OpenedPayment
from payment_engine.services.payments import start_payment

blueprint = Blueprint("init")


@operation(
    blueprint,
    "POST",
    "/v1/payments",
    summary="Open a payment for an order",
    callers={"service"},
    body=PaymentIn,
    max_body=sizes.CART,
    idempotent=True,
    answers={201: OpenedPayment, 200: OpenedPayment},
    errors=(errors.OrderAlreadyPaid, errors.OrderAmountDiffers, errors.OrderDiffers),
)
async def open_payment(call: ApiCall[PaymentIn]) -> Answer:
    """A payment and a checkout token; 200 with the payment that the order already has."""
    return await start_payment(call.engine, call.body, call.idempotent_call)
