"""The JSON documents that readers get: payments, attempts, refunds and the rest.

Each thing has one TypedDict: the API and the outbox send it, and OpenAPI is made from it.
"""

from payment_engine.services.documents.attempt import AttemptOut, attempt_document
from payment_engine.services.documents.base import format_time
from payment_engine.services.documents.payment import PaymentOut, payment_document
from payment_engine.services.documents.refund import RefundOut, refund_document

__all__ = [
    "AttemptOut",
    "PaymentOut",
    "RefundOut",
    "attempt_document",
    "format_time",
    "payment_document",
    "refund_document",
]
