"""What about a payment needs somebody, or is on its way, whatever its status."""

from collections.abc import Callable, Iterable

from payment_engine.domain.calendar import confirm_by
from payment_engine.domain.jobs import JobKind
from payment_engine.domain.outcomes import Conflict
from payment_engine.domain.payment import Refund
from payment_engine.domain.states import REFUND_UNDECIDED, REFUND_WITHOUT_MONEY, RefundStatus
from payment_engine.domain.verdict.facts import (
    CONFLICTS,
    LOOKS,
    UNANSWERED,
    Facts,
    Verdict,
    gateway_of,
    in_progress,
    looked_up,
    money_to_return,
    refund_of,
    rupees,
    time_text,
)


def _reviews(facts: Facts) -> Iterable[Verdict]:
    for row in facts.snapshot.rows:
        if row.review:
            gateway = gateway_of(facts, row)
            yield Verdict(
                outcome="review",
                sentence=f"{row.id} at {gateway} is in review: {row.review}.",
                next_step=f"Compare the exchanges with {gateway}'s dashboard, sync, then resolve.",
                actor="person",
                subject=row.id,
            )


def _suspended(facts: Facts) -> Iterable[Verdict]:
    for job in facts.jobs:
        if job.suspended:
            yield Verdict(
                outcome="suspended",
                sentence=f"The job {job.kind} of {job.subject} is suspended: {job.error}.",
                next_step="Correct the cause, then resume the job.",
                actor="person",
                subject=job.subject,
            )


def _overdue(facts: Facts) -> Iterable[Verdict]:
    for attempt in in_progress(facts):
        due = confirm_by(attempt.created_at)
        if facts.now >= due:
            yield Verdict(
                outcome="overdue",
                sentence=f"{attempt.gateway} has not decided {attempt.id}, which RBI wants decided "
                f"by {time_text(due)}.",
                next_step=f"Escalate to {attempt.gateway}: the customer is owed ₹100 a day.",
                actor="person",
                next_at=facts.next_of(attempt.id, *LOOKS),
                subject=attempt.id,
            )


def _refunds_to_approve(facts: Facts) -> Iterable[Verdict]:
    for refund in facts.snapshot.refunds:
        if refund.status is RefundStatus.NEEDS_APPROVAL:
            yield Verdict(
                outcome="refund_needs_approval",
                sentence=f"A refund of {rupees(refund.amount)} ({refund.id}) waits for a second "
                f"person; {refund.requested_by} requested it.",
                next_step="Approve or reject it.",
                actor="person",
                subject=refund.id,
            )


def _failed_refunds(facts: Facts) -> Iterable[Verdict]:
    for refund in facts.snapshot.refunds:
        if refund.status is not RefundStatus.FAILED or _replaced(facts, refund):
            continue
        amount, bounced = rupees(refund.amount), refund.id in facts.bounced
        how = "bounced: the bank sent it back" if bounced else _refund_failure(refund)
        yield Verdict(
            outcome="refund_bounced" if bounced else "refund_failed",
            sentence=f"The refund of {amount} ({refund.id}) {how}; the customer does not have it.",
            next_step="Refund again, or pay the customer in another way.",
            actor="shop",
            subject=refund.id,
        )


def _refund_failure(refund: Refund) -> str:
    code = refund.gateway_code or refund.gateway_status
    return f"failed ({code})" if code else "failed"


def _replaced(facts: Facts, refund: Refund) -> bool:
    """Whether a later refund of the attempt is in its stead, or nothing is left to refund."""
    others = [each for each in facts.snapshot.refunds if each.attempt_id == refund.attempt_id]
    later = others[others.index(refund) + 1 :]
    covered = facts.snapshot.attempt(refund.attempt_id).refundable <= 0
    return covered or any(each.status not in REFUND_WITHOUT_MONEY for each in later)


def _conflicts(facts: Facts) -> Iterable[Verdict]:
    for attempt in facts.snapshot.attempts:
        money = money_to_return(attempt)
        if attempt.conflict and money > 0:
            why = CONFLICTS[Conflict(attempt.conflict)]
            refund = refund_of(facts, attempt)
            subject = refund.id if refund else attempt.id
            yield Verdict(
                outcome="conflict",
                sentence=f"{rupees(money)} of {attempt.id} at {attempt.gateway} "
                f"cannot pay the order: {why}. It goes back by itself.",
                next_step=f"{attempt.gateway} confirms that it is sent back.",
                actor="gateway",
                next_at=facts.next_of(subject, JobKind.REFUND, JobKind.VOID, *LOOKS),
                subject=subject,
            )


def _unknown(facts: Facts) -> Iterable[Verdict]:
    for attempt in in_progress(facts):
        if attempt.gateway_status in UNANSWERED:
            yield looked_up(
                facts,
                attempt,
                "unknown",
                f"Nobody knows yet if {attempt.id} is paid: {attempt.gateway} has not answered "
                f"({attempt.gateway_status}).",
            )


def _pending_refunds(facts: Facts) -> Iterable[Verdict]:
    for refund in facts.snapshot.refunds:
        unfinished = refund.status in REFUND_UNDECIDED and not refund.review
        if unfinished and not facts.snapshot.attempt(refund.attempt_id).conflict:
            gateway, silent = gateway_of(facts, refund), refund.gateway_status in UNANSWERED
            state = f"not answered ({refund.gateway_status})" if silent else "not confirmed it yet"
            yield Verdict(
                outcome="refund_pending",
                sentence=f"A refund of {rupees(refund.amount)} ({refund.id}) is on its way: "
                f"{gateway} has {state}.",
                next_step=f"{gateway} is looked up, and gets the refund again only if it has none.",
                actor="gateway",
                next_at=facts.next_of(refund.id, JobKind.REFUND),
                subject=refund.id,
            )


def _dead_messages(facts: Facts) -> Iterable[Verdict]:
    if number := facts.dead_messages:
        what = "message" if number == 1 else "messages"
        yield Verdict(
            outcome="messages_dead",
            sentence=f"{number} {what} to the order service {'was' if number == 1 else 'were'} "
            "given up: it may not know how this payment stands.",
            next_step="Send them again by hand, once the order service takes messages.",
            actor="person",
            subject=facts.snapshot.payment.id,
        )


CONCERNS: tuple[Callable[[Facts], Iterable[Verdict]], ...] = (
    _reviews,
    _suspended,
    _overdue,
    _refunds_to_approve,
    _failed_refunds,
    _conflicts,
    _unknown,
    _dead_messages,
    _pending_refunds,
)
