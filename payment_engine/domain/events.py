"""Names of what happens to a payment: in its history, and in messages to the order service."""

from enum import StrEnum


class Source(StrEnum):
    """From where a change is known."""

    ANSWER = "answer"
    """The gateway's response to a call that started or changed something."""
    WEBHOOK = "webhook"
    CHECK = "check"
    """The gateway's response to a scheduled poll."""
    EXPIRY = "expiry"
    """The last poll before a payment is closed, or the closing itself."""
    CALLER = "caller"
    """A request to our own API."""
    ADMIN = "admin"
    """An action of somebody on call."""


class MessageState(StrEnum):
    """Where a message to the order service stands."""

    READY = "ready"
    DELIVERED = "delivered"
    DEAD = "dead"


class MessageType(StrEnum):
    """What a message reports; the order service knows these names."""

    PAYMENT_PENDING = "payment.pending"
    PAYMENT_AUTHORIZED = "payment.authorized"
    PAYMENT_PAID = "payment.paid"
    PAYMENT_FAILED_ATTEMPT = "payment.failed_attempt"
    PAYMENT_VOIDED = "payment.voided"
    PAYMENT_CANCELLED = "payment.cancelled"
    PAYMENT_EXPIRED = "payment.expired"
    PAYMENT_CONFLICT = "payment.conflict"
    PAYMENT_REVIEW = "payment.review"
    REFUND_PENDING = "refund.pending"
    REFUND_SUCCEEDED = "refund.succeeded"
    REFUND_FAILED = "refund.failed"
    REFUND_MANUAL_REVIEW = "refund.manual_review"
