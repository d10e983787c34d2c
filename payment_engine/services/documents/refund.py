"""What a refund looks like."""

from typing import Literal

from typing_extensions import TypedDict

from payment_engine.domain.money import Paise, display
from payment_engine.domain.payment import Refund
from payment_engine.domain.states import RefundStatus
from payment_engine.services.documents.base import Time, document, format_time

RefundSource = Literal["merchant", "engine", "gateway"]


@document
class RefundLineOut(TypedDict):
    """One refunded line of the order; ``amount`` in paise."""

    label: str
    amount: int


@document
class RefundOut(TypedDict):
    """One refund; ``amount`` in paise, ``arn`` and ``rrn`` are the bank's reference numbers.

    ``source``: who asked for it. ``engine`` is a rule of ours, ``gateway`` the gateway itself or
    a person in its dashboard. ``review``: why its gateway's report contradicts our record; null
    unless it does.
    """

    id: str
    payment_id: str
    attempt_id: str
    status: RefundStatus
    amount: int
    amount_display: str
    reason: str
    lines: list[RefundLineOut]
    automatic: bool
    source: RefundSource
    arn: str | None
    rrn: str | None
    review: str | None
    created_at: Time
    settled_at: Time | None


def refund_document(refund: Refund) -> RefundOut:
    """One refund, with the reference numbers that the customer's bank can trace it by."""
    return {
        "id": refund.id,
        "payment_id": refund.payment_id,
        "attempt_id": refund.attempt_id,
        "status": refund.status,
        "amount": refund.amount,
        "amount_display": display(Paise(refund.amount)),
        "reason": refund.reason,
        "lines": refund.lines,
        "automatic": refund.automatic,
        "source": refund_source(refund),
        "arn": refund.arn,
        "rrn": refund.rrn,
        "review": refund.review,
        "created_at": format_time(refund.created_at),
        "settled_at": format_time(refund.settled_at),
    }


def refund_source(refund: Refund) -> RefundSource:
    """Who asked for a refund."""
    return source_of(refund.foreign_ref, automatic=refund.automatic)


def source_of(foreign_ref: str | None, *, automatic: bool) -> RefundSource:
    """Who asked for a refund: a gateway's own has a reference of the gateway's."""
    if foreign_ref:
        return "gateway"
    return "engine" if automatic else "merchant"
