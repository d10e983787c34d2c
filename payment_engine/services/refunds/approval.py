"""A second person decides about a refund above the limit: it is sent, or it ends."""

from payment_engine.domain.accounting import refunds_of
from payment_engine.domain.errors import AmountTooHigh
from payment_engine.domain.events import Source
from payment_engine.domain.lifecycle import PaymentChange
from payment_engine.domain.payment import Refund, Snapshot
from payment_engine.domain.refund_approval import check_decidable
from payment_engine.domain.store import Loaded
from payment_engine.engine import Engine
from payment_engine.services.lifecycle.change import NOTHING_BESIDE, Beside
from payment_engine.services.lifecycle.outcomes import change_known
from payment_engine.services.refunds.issue import follow_up, push_refund
from payment_engine.services.refunds.rules import check_not_returned, check_window
from payment_engine.services.routing.configured import configured_gateway


async def approve(engine: Engine, known: Snapshot, refund_id: str, by: str | None) -> Snapshot:
    """Send a refund that waited, in the name of a second person, and return the payment after it.

    Raises NoApprovalNeeded, SecondPersonNeeded, AmountTooHigh if the gateway refunded the money
    meanwhile, RefundWindowOver, MoneyAlreadyReturned, Unavailable, and Unsupported if the gateway
    is not configured.
    """
    refund = known.refund(refund_id)
    check_decidable(refund, by)
    await check_not_returned(engine, known, known.attempt(refund.attempt_id))

    def decide(change: PaymentChange, _: Loaded) -> Beside:
        waiting = change.refund(refund_id)
        check_decidable(waiting, by)
        _check_still_refundable(engine, change, waiting)
        change.approve_refund(waiting)
        follow_up(engine, change, waiting)
        return NOTHING_BESIDE

    approved = await change_known(engine, known, decide, Source.ADMIN)
    first = refund.review is None
    pushed = await push_refund(
        engine, approved.snapshot, refund_id, source=Source.ADMIN, first=first
    )
    return (pushed or approved).snapshot


async def reject(engine: Engine, known: Snapshot, refund_id: str, by: str | None) -> Snapshot:
    """End a refund that waited: nothing is sent, its money is free again, and the shop hears of it.

    Raises NoApprovalNeeded, SecondPersonNeeded.
    """

    def decide(change: PaymentChange, _: Loaded) -> Beside:
        waiting = change.refund(refund_id)
        check_decidable(waiting, by)
        change.reject_refund(waiting)
        return NOTHING_BESIDE

    return (await change_known(engine, known, decide, Source.ADMIN)).snapshot


def _check_still_refundable(engine: Engine, change: PaymentChange, refund: Refund) -> None:
    """The money was reserved, but the gateway may have refunded it without us since."""
    attempt = change.attempt(refund.attempt_id)
    configured_gateway(engine, attempt.gateway)
    check_window(engine, attempt, change.now)
    others = refunds_of(change.snapshot.refunds, attempt.id).reserved - refund.amount
    left = attempt.amount_captured - others
    if refund.amount > left:
        raise AmountTooHigh("other refunds have taken this money meanwhile", available=max(left, 0))
