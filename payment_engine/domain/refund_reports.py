"""Applies what a gateway reports about refunds: ours, and those that it made without us.

A gateway that lists no refunds may still sum them up. What its total has beyond our rows gets a
row too, under a name of ours. Once a webhook names a refund of the same amount, the row is that
refund; each such webhook has the total compared again, so that in the end the rows add up to it,
in whatever order total and webhooks arrive.
"""

from payment_engine.domain.accounting import refunds_of
from payment_engine.domain.events import EventType
from payment_engine.domain.gateway import RefundState
from payment_engine.domain.jobs import JobKind
from payment_engine.domain.lifecycle import PaymentChange
from payment_engine.domain.outcomes import DIFFERS, REFUSED, refund_disagreement
from payment_engine.domain.payment import Attempt, Refund
from payment_engine.domain.states import (
    PROGRESS,
    REFUND_NOT_SENT,
    REFUND_RESERVING,
    REFUND_UNDECIDED,
    RefundStatus,
    Step,
    step_refund,
)

FOREIGN_REFUND = "a refund that we did not ask for"
"""The review of one whose amount nobody knows, or of money that we do not know of."""
FOREIGN_REASON = "made_at_the_gateway"
_SUMMED_UP = "total:"
"""How the name begins that we give to a refund of which a gateway shows only its total. A colon is
in no reference of a gateway's."""


def report_refund(change: PaymentChange, refund_id: str, state: RefundState) -> None:
    """Apply a reported refund. One that was refused has its charge looked up: another refund, which
    we do not know of, may have taken its money."""
    refund = change.refund(refund_id)
    attempt = change.attempt(refund.attempt_id)
    differing = refund_disagreement(attempt.ref, refund.amount, state)
    if differing:
        change.review(refund, differing + DIFFERS, ours=refund.amount, theirs=state.amount)
        return
    if _counts_again(refund, state):
        _take_out_of_total(change, attempt, refund.amount)
    progressed = change.apply_refund(refund_id, state) in PROGRESS
    if progressed and state.status is RefundStatus.SUCCEEDED:
        change.end_review(refund)
    elif progressed and state.gateway_status == REFUSED:
        change.request_job(JobKind.CONFIRM_CHARGE, attempt.id, change.now, attempt.gateway)


def report_refund_of(
    change: PaymentChange, attempt_id: str, state: RefundState, *, looked: bool = False
) -> None:
    """Apply a refund of a charge: one of ours, or one that the gateway made without us.

    The latter gets a row at its first report, and counts in the books like any other. One of money
    that we do not know of has the charge looked up; if that look shows no money either
    (``looked``), or the refund is over no amount, a person finds out.
    """
    attempt = change.attempt(attempt_id)
    known = refund_known_as(change, attempt_id, state.ref) or _named_at_last(change, attempt, state)
    if known:
        report_refund(change, known.id, state)
    elif not (attempt.amount_captured or looked):
        change.request_job(JobKind.CONFIRM_CHARGE, attempt_id, change.now, attempt.gateway)
    elif not (state.amount and attempt.amount_captured):
        if not attempt.review:
            change.review(attempt, FOREIGN_REFUND)
    else:
        _add_foreign(change, attempt, state)


def refund_known_as(change: PaymentChange, attempt_id: str, ref: str) -> Refund | None:
    """The refund of an attempt that its gateway has under this reference, whatever its case."""
    own = (each for each in change.snapshot.refunds if each.attempt_id == attempt_id)
    requested = ref.lower()
    return next((each for each in own if each.gateway_knows_it_as.lower() == requested), None)


def report_total(change: PaymentChange, attempt_id: str, total: int) -> None:
    """Compare the paise that a gateway has refunded of a charge in all with our rows, where it does
    not list them: what it has more gets a row, and what we have more is taken from such rows.

    Of money that we do not know of, a person finds out.
    """
    attempt = change.attempt(attempt_id)
    sent = (each for each in change.snapshot.refunds if each.status not in REFUND_NOT_SENT)
    sums = refunds_of(sent, attempt_id)
    if total > sums.reserved and not attempt.amount_captured:
        change.review(attempt, FOREIGN_REFUND, ours=sums.reserved, theirs=total)
        return
    if total > sums.reserved:
        _add_summed(change, attempt, total - sums.reserved)
    elif total < sums.refunded:
        replaced = _named_since(change, attempt)
        _take_back(change, attempt, sums.refunded - total, replaced=replaced)
    if change.attempt(attempt_id).review == FOREIGN_REFUND:
        change.end_review(attempt)


def _counts_again(refund: Refund, state: RefundState) -> bool:
    """Whether a refund that failed was made all the same."""
    late = step_refund(refund.status, state.status) is Step.LATE
    reopened = refund.gateway_status == REFUSED and state.status in REFUND_UNDECIDED
    return state.status in REFUND_RESERVING and (late or reopened)


def _add_foreign(change: PaymentChange, attempt: Attempt, state: RefundState) -> None:
    amount = state.amount or 0
    if state.status in REFUND_RESERVING:
        _take_out_of_total(change, attempt, amount)
    refund = change.add_refund(attempt, amount, FOREIGN_REASON, foreign_ref=state.ref)
    report_refund(change, refund.id, state)
    if change.refund(refund.id).status in REFUND_UNDECIDED:
        change.request_job(JobKind.REFUND, refund.id, change.now, attempt.gateway)


def _named_at_last(change: PaymentChange, attempt: Attempt, state: RefundState) -> Refund | None:
    """The row of a refund which only a total had shown, under the name that it now has."""
    summed = _summed_up(change, attempt)
    if not summed:
        return None
    change.request_job(JobKind.CONFIRM_CHARGE, attempt.id, change.now, attempt.gateway)
    same = next((each for each in summed if each.amount == state.amount), None)
    if same is None or state.status not in REFUND_RESERVING:
        return None
    change.note(EventType.REFUND_NAMED, same, before=same.foreign_ref, ref=state.ref)
    return change.update_refund(same.id, foreign_ref=state.ref)


def _take_out_of_total(change: PaymentChange, attempt: Attempt, amount: int) -> None:
    """A refund that only the total had shown has a row of its own: it may not count twice."""
    summed = _summed_up(change, attempt)
    if sum(each.amount for each in summed) >= amount:
        _take_back(change, attempt, amount, replaced=True)
    if summed:
        change.request_job(JobKind.CONFIRM_CHARGE, attempt.id, change.now, attempt.gateway)


def _named_since(change: PaymentChange, attempt: Attempt) -> bool:
    """Whether a refund of the gateway's got its name after a total had shown one."""
    summed = _summed_up(change, attempt)
    since = min((each.created_at for each in summed), default=change.now)
    own = (each for each in change.snapshot.refunds if each.attempt_id == attempt.id)
    named = (each for each in own if each.foreign_ref and each not in summed)
    return any(each.created_at >= since and each.status in REFUND_RESERVING for each in named)


def _take_back(change: PaymentChange, attempt: Attempt, amount: int, *, replaced: bool) -> None:
    """Count ``amount`` paise less in rows that only the total had shown, as far as there are.

    ``replaced``: named rows have their money. Otherwise those refunds failed.
    """
    for refund in _summed_up(change, attempt):
        if amount <= 0:
            break
        if replaced:
            change.replace_refund(refund.id)
        else:
            failed = _summed_state(refund, attempt, RefundStatus.FAILED)
            change.apply_refund(refund.id, failed)
        amount -= refund.amount
    if amount < 0:
        _add_summed(change, attempt, -amount)


def _add_summed(change: PaymentChange, attempt: Attempt, amount: int) -> None:
    name = f"{_SUMMED_UP}{len(change.snapshot.refunds) + 1}"
    refund = change.add_refund(attempt, amount, FOREIGN_REASON, foreign_ref=name)
    change.apply_refund(refund.id, _summed_state(refund, attempt, RefundStatus.SUCCEEDED))


def _summed_up(change: PaymentChange, attempt: Attempt) -> list[Refund]:
    """The refunds of an attempt that count, and that only a total has shown so far."""
    return [
        each
        for each in change.snapshot.refunds
        if each.attempt_id == attempt.id
        and each.status is RefundStatus.SUCCEEDED
        and (each.foreign_ref or "").startswith(_SUMMED_UP)
    ]


def _summed_state(refund: Refund, attempt: Attempt, status: RefundStatus) -> RefundState:
    """What the total says of it: that it is in there, or no longer."""
    return RefundState(
        ref=refund.gateway_knows_it_as,
        charge_ref=attempt.ref,
        status=status,
        gateway_status="total",
    )
