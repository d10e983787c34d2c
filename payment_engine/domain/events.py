"""Names of what happens to a payment: in its history, and in messages to the order service."""

from collections.abc import Mapping
from enum import StrEnum

from payment_engine.domain.states import AttemptStatus


class Source(StrEnum):
    """Who reported a change."""

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
    """An action of on-call staff."""
    RETENTION = "retention"
    """The time for which personal data is stored is over."""


class EventType(StrEnum):
    """A line of a payment's history."""

    PAYMENT_OPENED = "payment.opened"
    PAYMENT_CANCELLED = "payment.cancelled"
    PAYMENT_EXPIRED = "payment.expired"
    PAYMENT_VOIDED = "payment.voided"
    PAYMENT_ERASED = "payment.erased"
    """What is personal was taken out of its rows; the money stays."""
    ATTEMPT_CREATED = "attempt.created"
    ATTEMPT_PENDING = "attempt.pending"
    ATTEMPT_AUTHORIZED = "attempt.authorized"
    ATTEMPT_CAPTURED = "attempt.captured"
    ATTEMPT_FAILED = "attempt.failed"
    ATTEMPT_VOIDED = "attempt.voided"
    ATTEMPT_STALE = "attempt.stale"
    """An older status was reported after a newer one."""
    ATTEMPT_ILLEGAL = "attempt.illegal"
    """A status was reported that cannot follow the current one."""
    ATTEMPT_UNCONFIRMED = "attempt.unconfirmed"
    """A webhook reported something that counts only once the gateway was looked up."""
    ATTEMPT_BANK_REFERENCE = "attempt.bank_reference"
    """The gateway reported what banks call the charge: its RRN or ARN."""
    ATTEMPT_RELEASED = "attempt.released"
    ATTEMPT_REROUTED = "attempt.rerouted"
    CAPTURE_REQUESTED = "attempt.capture_asked"
    VOID_REQUESTED = "attempt.void_asked"
    REFUND_CREATED = "refund.created"
    REFUND_PENDING = "refund.pending"
    REFUND_SUCCEEDED = "refund.succeeded"
    REFUND_FAILED = "refund.failed"
    REFUND_MANUAL_REVIEW = "refund.manual_review"
    REFUND_NEEDS_APPROVAL = "refund.needs_approval"
    """A refund was requested that waits for a second person."""
    REFUND_APPROVED = "refund.approved"
    """A second person approved a refund, which its gateway is now sent."""
    REFUND_REJECTED = "refund.rejected"
    """A second person did not approve it: it is never sent."""
    REFUND_ILLEGAL = "refund.illegal"
    """A status was reported of a refund that was never sent."""
    REFUND_NAMED = "refund.named"
    """A webhook named a refund of the gateway's of which only the total was known."""
    REFUND_REPLACED = "refund.replaced"
    """A refund of which only the total was known counts by the rows that a webhook named."""
    CONFLICT = "conflict"
    CONFLICT_OVER = "conflict.over"
    """The gateway keeps money that it had called returned."""
    REVIEW = "review"
    REVIEW_OVER = "review.over"
    """The gateway's reports explain what the review was about."""
    REVIEW_RESOLVED = "review.resolved"
    """A person ended the review."""
    UPDATED = "updated"
    """Something was written that has no event of its own."""


class MessageState(StrEnum):
    """The state of a message to the order service."""

    READY = "ready"
    DELIVERED = "delivered"
    DEAD = "dead"
    """Not delivered within 72 hours."""
    UNDELIVERABLE = "undeliverable"
    """The merchant has no address for messages."""


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
    PAYMENT_REVIEW_OVER = "payment.review_over"
    REFUND_PENDING = "refund.pending"
    REFUND_SUCCEEDED = "refund.succeeded"
    REFUND_FAILED = "refund.failed"
    REFUND_MANUAL_REVIEW = "refund.manual_review"
    REFUND_REJECTED = "refund.rejected"


ATTEMPT_MESSAGES: Mapping[AttemptStatus, MessageType] = {
    AttemptStatus.PENDING: MessageType.PAYMENT_PENDING,
    AttemptStatus.AUTHORIZED: MessageType.PAYMENT_AUTHORIZED,
    AttemptStatus.CAPTURED: MessageType.PAYMENT_PAID,
    AttemptStatus.FAILED: MessageType.PAYMENT_FAILED_ATTEMPT,
    AttemptStatus.VOIDED: MessageType.PAYMENT_VOIDED,
}
"""What is reported when the attempt that pays the order, or may, reaches a status."""


def attempt_message(status: AttemptStatus, *, elected: bool) -> MessageType:
    """What is reported when an attempt reaches a status; ``elected``: its money paid the order.

    Releasing money that never paid the order is only a failed attempt, not a void of the payment.
    """
    if status is AttemptStatus.VOIDED and not elected:
        return MessageType.PAYMENT_FAILED_ATTEMPT
    return ATTEMPT_MESSAGES[status]
