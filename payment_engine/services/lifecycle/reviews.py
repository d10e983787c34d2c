"""Ends reviews that no report of a gateway ends."""

from payment_engine.domain.errors import NotInReview
from payment_engine.domain.events import Source
from payment_engine.domain.lifecycle import PaymentChange
from payment_engine.domain.payment import Snapshot
from payment_engine.domain.reports import resolve_review
from payment_engine.domain.store import Loaded
from payment_engine.engine import Engine
from payment_engine.services.lifecycle.change import NOTHING_BESIDE, Beside
from payment_engine.services.lifecycle.outcomes import change_known


async def end_by_person(engine: Engine, known: Snapshot, row_id: str) -> Snapshot:
    """End the review of an attempt or refund, because a person settled what it was about.

    Returns the payment after it. Raises NotInReview.
    """

    def decide(change: PaymentChange, _: Loaded) -> Beside:
        if not review_of(change.snapshot, row_id):
            raise NotInReview
        resolve_review(change, row_id)
        return NOTHING_BESIDE

    return (await change_known(engine, known, decide, Source.ADMIN)).snapshot


def review_of(payment: Snapshot, row_id: str) -> str | None:
    """Why an attempt or refund of the payment is under review; None if it is not."""
    return next(row.review for row in payment.rows if row.id == row_id)
