"""The verdict on a payment: one sentence, the next step, and who acts. Payments are those that the
lifecycle makes of what gateways report."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, get_args

import pytest

from payment_engine.domain.gateway import FailureCause, Unknown
from payment_engine.domain.jobs import JobKind
from payment_engine.domain.outcomes import AUTOMATIC_REFUND_FAILED, charge_state, refund_state
from payment_engine.domain.payment import Snapshot
from payment_engine.domain.states import AttemptStatus, Closing, PaymentStatus, RefundStatus
from payment_engine.domain.verdict import Facts, Outcome, PlannedJob, Verdict, verdict
from tests.unit.domain.test_every_order import (
    AUTHORIZED,
    CAPTURED,
    FAILED,
    NOW,
    PENDING,
    VOIDED,
    Played,
    Step,
    attempting,
    close,
    refund_reports,
    refunding,
    reports,
)
from tests.unit.domain.test_refund_approval import waiting

R = RefundStatus
DUE = NOW + timedelta(minutes=2)
"""When all jobs run: 17:32:00 in India."""
HUNG = Unknown()
HUNG.cause = FailureCause.TIMEOUT
MINUTES = timedelta(minutes=1)


def unanswered(change: Any) -> None:
    attempt = change.snapshot.attempts[0]
    change.apply_charge(attempt.id, charge_state(HUNG, attempt.ref, None))


def refund_unanswered(change: Any) -> None:
    refund = change.snapshot.refunds[0]
    ref = change.attempt(refund.attempt_id).ref
    change.apply_refund(refund.id, refund_state(HUNG, refund.ref, ref, None))


def reviewing(change: Any) -> None:
    change.review(change.snapshot.attempts[0], "amount differs")


def refunding_all(change: Any) -> None:
    attempt = change.snapshot.attempts[0]
    change.add_refund(attempt, attempt.refundable, "returned")


def capturing(change: Any) -> None:
    change.request_job(JobKind.CAPTURE, change.snapshot.attempts[0].id, change.now, "juspay")


def voiding(change: Any) -> None:
    change.request_job(JobKind.VOID, change.snapshot.attempts[0].id, change.now, "juspay")


def first_attempt(**columns: Any) -> Callable[[Snapshot], Snapshot]:
    def change(snapshot: Snapshot) -> Snapshot:
        first, *rest = snapshot.attempts
        return replace(snapshot, attempts=(replace(first, **columns), *rest))

    return change


def unchanged(snapshot: Snapshot) -> Snapshot:
    return snapshot


def nothing_to_pay(snapshot: Snapshot) -> Snapshot:
    free = replace(snapshot.payment, status=PaymentStatus.PAID, amount=0)
    return replace(snapshot, payment=free)


@dataclass(frozen=True, kw_only=True)
class Case:
    """What happened, and the verdict; ids are numbered in the order of their rows."""

    steps: tuple[Step, ...]
    outcome: str
    sentence: str
    actor: str
    next_step: str = "Nothing is left to do."
    also: tuple[str, ...] = ()
    planned: bool = False
    """Whether the next step has a time."""
    change: Callable[[Snapshot], Snapshot] = unchanged
    later: timedelta = timedelta()
    facts: Mapping[str, Any] = field(default_factory=dict)
    jobs: bool = True


PAID = "Paid: ₹1,164.00 by upi_intent through juspay."
CHECKED = "Juspay is checked at 26 Nov 2026, 17:32:00 IST."
CASES: Mapping[str, Case] = {
    "opened": Case(
        steps=(),
        outcome="open",
        sentence="Not paid: the customer has not tried.",
        next_step="The customer can pay until 26 Nov 2026, 18:30:00 IST.",
        actor="customer",
        planned=True,
    ),
    "nothing to pay": Case(
        steps=(),
        change=nothing_to_pay,
        outcome="paid",
        sentence="There was nothing to pay.",
        actor="nobody",
    ),
    "the customer pays": Case(
        steps=(attempting, PENDING),
        outcome="paying",
        sentence="The customer may be paying now, by upi_intent through juspay (att_1).",
        next_step="The customer approves it until 26 Nov 2026, 17:38:01 IST; "
        "juspay is checked at 26 Nov 2026, 17:32:00 IST.",
        actor="customer",
        planned=True,
    ),
    "pending with its next check": Case(
        steps=(attempting, PENDING),
        change=first_attempt(expires_at=NOW),
        outcome="pending",
        sentence="juspay has not decided att_1 yet (PENDING).",
        next_step=CHECKED,
        actor="gateway",
        planned=True,
    ),
    "pending, and its check is due": Case(
        steps=(attempting, PENDING),
        later=10 * MINUTES,
        outcome="pending",
        sentence="juspay has not decided att_1 yet (PENDING).",
        next_step="Juspay is checked now.",
        actor="gateway",
        planned=True,
    ),
    "pending without any further check": Case(
        steps=(attempting, PENDING),
        later=10 * MINUTES,
        jobs=False,
        outcome="pending",
        sentence="juspay has not decided att_1 yet (PENDING).",
        next_step="No check is planned: sync it, and ask juspay.",
        actor="person",
    ),
    "unknown because the gateway hangs": Case(
        steps=(attempting, unanswered),
        outcome="unknown",
        sentence="Nobody knows yet if att_1 is paid: juspay has not answered (timeout).",
        next_step=CHECKED,
        actor="gateway",
        planned=True,
    ),
    "undecided after T+5": Case(
        steps=(attempting, PENDING),
        later=timedelta(days=6),
        outcome="overdue",
        sentence="juspay has not decided att_1, which RBI wants decided by "
        "02 Dec 2026, 00:00:00 IST.",
        next_step="Escalate to juspay: the customer is owed ₹100 a day.",
        actor="person",
        planned=True,
    ),
    "a suspended job": Case(
        steps=(attempting, PENDING),
        facts={
            "jobs": (
                PlannedJob(
                    kind=JobKind.CHECK_CHARGE,
                    subject="att_1",
                    run_at=DUE,
                    suspended=True,
                    error="KeyError",
                ),
            )
        },
        outcome="suspended",
        sentence="The job check_charge of att_1 is suspended: KeyError.",
        next_step="Correct the cause, then resume the job.",
        actor="person",
    ),
    "declined": Case(
        steps=(attempting, FAILED),
        change=first_attempt(decline_code="insufficient_funds", gateway_code="U30"),
        outcome="declined",
        sentence="Not paid: the last attempt (att_1) was declined: "
        "insufficient_funds (juspay: U30).",
        next_step="The customer can try again until 26 Nov 2026, 18:30:00 IST.",
        actor="customer",
        planned=True,
    ),
    "declined without a code": Case(
        steps=(attempting, FAILED),
        outcome="declined",
        sentence="Not paid: the last attempt (att_1) was declined: other.",
        next_step="The customer can try again until 26 Nov 2026, 18:30:00 IST.",
        actor="customer",
        planned=True,
    ),
    "paid": Case(
        steps=(attempting, CAPTURED),
        change=first_attempt(rrn="412345678901"),
        outcome="paid",
        sentence="Paid: ₹1,164.00 by upi_intent through juspay, RRN 412345678901.",
        actor="nobody",
    ),
    "paid, and the shop does not know": Case(
        steps=(attempting, CAPTURED),
        facts={"dead_messages": 2},
        outcome="messages_dead",
        sentence="2 messages to the order service were given up: it may not know how this payment "
        "stands.",
        next_step="Send them again by hand, once the order service takes messages.",
        also=(PAID,),
        actor="person",
    ),
    "pending, and the shop does not know of an earlier attempt": Case(
        steps=(attempting, PENDING),
        later=10 * MINUTES,
        facts={"dead_messages": 1},
        outcome="messages_dead",
        sentence="1 message to the order service was given up: it may not know how this payment "
        "stands.",
        next_step="Send them again by hand, once the order service takes messages.",
        also=("juspay has not decided att_1 yet (PENDING).",),
        actor="person",
    ),
    "authorized": Case(
        steps=(attempting, AUTHORIZED),
        outcome="authorized",
        sentence="₹1,164.00 is authorized by upi_intent through juspay, and not captured.",
        next_step="The order service captures or voids it.",
        actor="shop",
        planned=True,
    ),
    "being captured": Case(
        steps=(attempting, AUTHORIZED, capturing),
        outcome="capturing",
        sentence="₹1,164.00 is authorized by upi_intent through juspay, and is being captured.",
        next_step="The service calls juspay, until it answers.",
        actor="service",
        planned=True,
    ),
    "being released": Case(
        steps=(attempting, AUTHORIZED, voiding),
        outcome="voiding",
        sentence="₹1,164.00 is authorized by upi_intent through juspay, and is being released.",
        next_step="The service calls juspay, until it answers.",
        actor="service",
        planned=True,
    ),
    "voided": Case(
        steps=(attempting, AUTHORIZED, VOIDED),
        outcome="voided",
        sentence="Voided at 26 Nov 2026, 17:30:03 IST, not paid.",
        actor="nobody",
    ),
    "released before the payment was known to be authorized": Case(
        steps=(attempting, FAILED),
        change=first_attempt(status=AttemptStatus.VOIDED),
        outcome="declined",
        sentence="Not paid: the last attempt (att_1) was released by juspay.",
        next_step="The customer can try again until 26 Nov 2026, 18:30:00 IST.",
        actor="customer",
        planned=True,
    ),
    "cancelled": Case(
        steps=(close(Closing.CANCELLED),),
        outcome="cancelled",
        sentence="Cancelled at 26 Nov 2026, 17:30:01 IST, not paid.",
        actor="nobody",
    ),
    "expired": Case(
        steps=(attempting, FAILED, close(Closing.EXPIRED)),
        outcome="expired",
        sentence="Expired at 26 Nov 2026, 17:30:03 IST, not paid.",
        actor="nobody",
    ),
    "expired, and money may still arrive": Case(
        steps=(attempting, PENDING, close(Closing.EXPIRED)),
        outcome="pending",
        sentence="Expired at 26 Nov 2026, 17:30:03 IST, but juspay has not decided att_1: "
        "money may still arrive.",
        next_step=CHECKED,
        actor="gateway",
        planned=True,
    ),
    "a late success that goes back": Case(
        steps=(attempting, close(Closing.CANCELLED), CAPTURED),
        outcome="conflict",
        sentence="₹1,164.00 of att_1 at juspay cannot pay the order: the payment had been "
        "cancelled. It goes back by itself.",
        next_step="juspay confirms that it is sent back.",
        also=("Cancelled at 26 Nov 2026, 17:30:02 IST, not paid.",),
        actor="gateway",
        planned=True,
    ),
    "a late success that was refunded": Case(
        steps=(attempting, close(Closing.CANCELLED), CAPTURED, refund_reports(R.SUCCEEDED)),
        outcome="conflict_refunded",
        sentence="Not paid: ₹1,164.00 of att_1 could not pay the order (the payment had been "
        "cancelled), and all of it has gone back.",
        actor="nobody",
    ),
    "authorized too late": Case(
        steps=(attempting, close(Closing.CANCELLED), AUTHORIZED),
        outcome="conflict",
        sentence="₹1,164.00 of att_1 at juspay cannot pay the order: the payment had been "
        "cancelled. It goes back by itself.",
        next_step="juspay confirms that it is sent back.",
        also=("Cancelled at 26 Nov 2026, 17:30:02 IST, not paid.",),
        actor="gateway",
        planned=True,
    ),
    "a second success": Case(
        steps=(attempting, attempting, CAPTURED, reports(AttemptStatus.CAPTURED, 1)),
        outcome="conflict",
        sentence="₹1,164.00 of att_2 at juspay cannot pay the order: another attempt had paid "
        "already. It goes back by itself.",
        next_step="juspay confirms that it is sent back.",
        also=(PAID,),
        actor="gateway",
        planned=True,
    ),
    "an open payment whose attempt was sent back": Case(
        steps=(attempting, FAILED),
        change=first_attempt(conflict="sent_back"),
        outcome="declined",
        sentence="Not paid: the last attempt (att_1) succeeded, but its money went back.",
        next_step="The customer can try again until 26 Nov 2026, 18:30:00 IST.",
        actor="customer",
        planned=True,
    ),
    "in review": Case(
        steps=(attempting, CAPTURED, reviewing),
        outcome="review",
        sentence="att_1 at juspay is in review: amount differs.",
        next_step="Compare the exchanges with juspay's dashboard, sync, then resolve.",
        also=(PAID,),
        actor="person",
    ),
    "an automatic refund that failed": Case(
        steps=(attempting, close(Closing.CANCELLED), CAPTURED, refund_reports(R.FAILED)),
        change=first_attempt(review=AUTOMATIC_REFUND_FAILED),
        outcome="review",
        sentence="att_1 at juspay is in review: the automatic refund failed.",
        next_step="Compare the exchanges with juspay's dashboard, sync, then resolve.",
        also=(
            "The refund of ₹1,164.00 (rfd_1) failed (failed); the customer does not have it.",
            "₹1,164.00 of att_1 at juspay cannot pay the order: the payment had been cancelled. "
            "It goes back by itself.",
            "Cancelled at 26 Nov 2026, 17:30:02 IST, not paid.",
        ),
        actor="person",
    ),
    "a refund on its way": Case(
        steps=(attempting, CAPTURED, refunding, refund_reports(R.PENDING)),
        outcome="refund_pending",
        sentence="A refund of ₹164.00 (rfd_1) is on its way: juspay has not confirmed it yet.",
        next_step="juspay is looked up, and gets the refund again only if it has none.",
        also=(PAID,),
        actor="gateway",
        planned=True,
    ),
    "a refund without an answer": Case(
        steps=(attempting, CAPTURED, refunding, refund_unanswered),
        outcome="refund_pending",
        sentence="A refund of ₹164.00 (rfd_1) is on its way: juspay has not answered (timeout).",
        next_step="juspay is looked up, and gets the refund again only if it has none.",
        also=(PAID,),
        actor="gateway",
        planned=True,
    ),
    "partly refunded": Case(
        steps=(attempting, CAPTURED, refunding, refund_reports(R.SUCCEEDED)),
        outcome="paid",
        sentence="Paid: ₹1,164.00 by upi_intent through juspay, of which ₹164.00 has gone back.",
        actor="nobody",
    ),
    "all refunded": Case(
        steps=(attempting, CAPTURED, refunding_all, refund_reports(R.SUCCEEDED)),
        outcome="refunded",
        sentence="Paid, and all of ₹1,164.00 has gone back to the customer.",
        actor="nobody",
    ),
    "a refund that waits for a second person": Case(
        steps=(attempting, CAPTURED, waiting),
        outcome="refund_needs_approval",
        sentence="A refund of ₹164.00 (rfd_1) waits for a second person; key_1 requested it.",
        next_step="Approve or reject it.",
        also=(PAID,),
        actor="person",
    ),
    "a refund that failed, and another that was rejected": Case(
        steps=(
            *(attempting, CAPTURED, refunding, refund_reports(R.FAILED)),
            *(waiting, lambda change: change.reject_refund(change.snapshot.refunds[-1])),
        ),
        outcome="refund_failed",
        sentence="The refund of ₹164.00 (rfd_1) failed (failed); the customer does not have it.",
        next_step="Refund again, or pay the customer in another way.",
        also=(PAID,),
        actor="shop",
    ),
    "a refund that failed": Case(
        steps=(attempting, CAPTURED, refunding, refund_reports(R.FAILED)),
        outcome="refund_failed",
        sentence="The refund of ₹164.00 (rfd_1) failed (failed); the customer does not have it.",
        next_step="Refund again, or pay the customer in another way.",
        also=(PAID,),
        actor="shop",
    ),
    "a refund that failed, and another in its stead": Case(
        steps=(attempting, CAPTURED, refunding, refund_reports(R.FAILED), refunding_all),
        outcome="refund_pending",
        sentence="A refund of ₹1,164.00 (rfd_2) is on its way: juspay has not confirmed it yet.",
        next_step="juspay is looked up, and gets the refund again only if it has none.",
        also=(PAID,),
        actor="gateway",
    ),
    "a refund that bounced": Case(
        steps=(
            *(attempting, CAPTURED, refunding),
            *(refund_reports(R.SUCCEEDED), refund_reports(R.FAILED)),
        ),
        facts={"bounced": frozenset({"rfd_1"})},
        outcome="refund_bounced",
        sentence="The refund of ₹164.00 (rfd_1) bounced: the bank sent it back; the customer does "
        "not have it.",
        next_step="Refund again, or pay the customer in another way.",
        also=(PAID,),
        actor="shop",
    ),
}


def facts_of(case: Case) -> Facts:
    """The facts after the steps, with ids that are numbered."""
    played = Played()
    for step in case.steps:
        played.play(step)
    found = case.change(played.snapshot)
    names = {each.id: f"att_{n}" for n, each in enumerate(found.attempts, start=1)}
    names |= {each.id: f"rfd_{n}" for n, each in enumerate(found.refunds, start=1)}
    renamed = replace(
        found,
        attempts=tuple(replace(each, id=names[each.id]) for each in found.attempts),
        refunds=tuple(
            replace(each, id=names[each.id], attempt_id=names[each.attempt_id])
            for each in found.refunds
        ),
    )
    planned = tuple(
        PlannedJob(kind=JobKind(kind), subject=names.get(subject, subject), run_at=DUE)
        for kind, subject in sorted(played.jobs)
    )
    jobs = planned if case.jobs else ()
    given = {"jobs": jobs, **case.facts}
    return Facts(snapshot=renamed, now=played.now + case.later, **given)


@pytest.mark.parametrize("name", CASES)
def test_a_payment_has_one_verdict_a_next_step_and_who_acts(name: str) -> None:
    case = CASES[name]
    found, also = verdict(facts_of(case))
    assert found.outcome == case.outcome
    assert found.sentence == case.sentence
    assert found.next_step == case.next_step
    assert found.actor == case.actor
    assert tuple(also) == case.also
    assert (found.next_at is not None) == case.planned


def test_an_authorized_payment_that_no_attempt_is_elected_for_has_a_verdict() -> None:
    facts = facts_of(Case(steps=(), outcome="", sentence="", actor=""))
    row = replace(facts.snapshot.payment, status=PaymentStatus.AUTHORIZED)
    found, _ = verdict(replace(facts, snapshot=replace(facts.snapshot, payment=row)))
    assert found == Verdict(
        outcome="authorized",
        sentence="Money is authorized.",
        next_step="Nothing is left to do.",
        actor="nobody",
        subject="pay_1",
    )


def test_every_outcome_has_a_case() -> None:
    assert {case.outcome for case in CASES.values()} == set(get_args(Outcome))
