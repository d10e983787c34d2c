"""How a payment stands, for whoever holds its link: amounts and outcome, and nobody's data."""

from typing_extensions import TypedDict

from payment_engine.domain.money import Paise, display
from payment_engine.domain.payment import Snapshot
from payment_engine.domain.states import (
    ATTEMPT_IN_PROGRESS,
    PAYMENT_FINISHED,
    REFUND_UNDECIDED,
    PaymentStatus,
)
from payment_engine.engine import Engine
from payment_engine.services.documents.base import Time, document, format_time

_POLL_AFTER_MS = 2000


@document
class StatusOut(TypedDict):
    """A payment without its customer, lines, attempts and metadata; amounts in paise.

    ``undecided``: no bank has confirmed yet whether money moves. ``conflict``: money arrived that
    the order does not need, and goes back; it is not part of ``amount_refunded``, which is what was
    refunded of the order's own payment. ``refund_undecided``: more of that is on its way.
    """

    id: str
    order_id: str
    status: PaymentStatus
    amount: int
    amount_display: str
    amount_refunded: int
    amount_refunded_display: str
    undecided: bool
    conflict: bool
    refund_undecided: bool
    return_url: str
    expires_at: Time
    server_time: Time
    version: int
    next_poll_in_ms: int | None


def status_document(engine: Engine, snapshot: Snapshot) -> StatusOut:
    """How the payment stands now."""
    payment = snapshot.payment
    undecided = any(attempt.status in ATTEMPT_IN_PROGRESS for attempt in snapshot.attempts)
    counted = {attempt.id: attempt for attempt in snapshot.attempts if not attempt.conflict}
    refunded = sum(attempt.amount_refunded for attempt in counted.values())
    finished = payment.status in PAYMENT_FINISHED and not undecided
    return {
        "id": payment.id,
        "order_id": payment.order_id,
        "status": payment.status,
        "amount": payment.amount,
        "amount_display": display(Paise(payment.amount)),
        "amount_refunded": refunded,
        "amount_refunded_display": display(Paise(refunded)),
        "undecided": undecided,
        "conflict": any(attempt.conflict for attempt in snapshot.attempts),
        "refund_undecided": any(
            each.status in REFUND_UNDECIDED and each.attempt_id in counted
            for each in snapshot.refunds
        ),
        "return_url": payment.return_url,
        "expires_at": format_time(payment.expires_at),
        "server_time": format_time(engine.now()),
        "version": payment.version,
        "next_poll_in_ms": None if finished else _POLL_AFTER_MS,
    }
