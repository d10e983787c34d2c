"""A client of the Payment Engine for order services."""

from payment_engine_client.client import AsyncPaymentEngine, PaymentEngine, ProblemError
from payment_engine_client.messages import MessageNotVerified, verified

__all__ = ["AsyncPaymentEngine", "MessageNotVerified", "PaymentEngine", "ProblemError", "verified"]
