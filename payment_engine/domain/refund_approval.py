"""Which refunds wait for a second person, and who may decide about them."""

from payment_engine.domain.errors import NoApprovalNeeded, SecondPersonNeeded
from payment_engine.domain.payment import Attempt, Refund, Snapshot
from payment_engine.domain.states import REFUND_UNDECIDED, RefundStatus

_UNAPPROVED = REFUND_UNDECIDED | {RefundStatus.SUCCEEDED}


def needs_approval(known: Snapshot, attempt: Attempt, amount: int, limit: int | None) -> bool:
    """Whether a requested refund of ``amount`` paise waits for a second person.

    It does if with it more than ``limit`` paise of the payment would go back that nobody approved:
    several refunds are no way around the limit. Money that pays no order never waits.
    """
    if limit is None or attempt.conflict:
        return False
    return amount + sum(each.amount for each in known.refunds if _unapproved(each)) > limit


def check_decidable(refund: Refund, by: str | None) -> None:
    """Raise NoApprovalNeeded for a refund that does not wait, SecondPersonNeeded for the person or
    key that requested it."""
    if refund.status is not RefundStatus.NEEDS_APPROVAL:
        raise NoApprovalNeeded(status=refund.status.value)
    if by is None or by == refund.requested_by:
        raise SecondPersonNeeded


def _unapproved(refund: Refund) -> bool:
    """Whether the shop requested it, nobody approved it, and its money goes back."""
    requested = not (refund.automatic or refund.foreign_ref or refund.approved_at)
    return requested and refund.status in _UNAPPROVED
