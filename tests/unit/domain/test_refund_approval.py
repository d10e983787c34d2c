"""Refunds that wait for a second person."""

from dataclasses import replace

import pytest

from payment_engine.domain.errors import NoApprovalNeeded, SecondPersonNeeded
from payment_engine.domain.gateway import RefundState
from payment_engine.domain.invariants import Books, breaches
from payment_engine.domain.lifecycle import PaymentChange
from payment_engine.domain.money import Paise
from payment_engine.domain.payment import Refund
from payment_engine.domain.refund_approval import check_decidable, needs_approval
from payment_engine.domain.refund_reports import report_refund
from payment_engine.domain.states import REFUND_NOT_SENT, RefundStatus
from tests.unit.domain.test_every_order import CAPTURED, Played, attempting
from tests.unit.domain.test_lifecycle import played
from tests.unit.domain.test_refund_totals import look

R = RefundStatus


def waiting(change: PaymentChange) -> None:
    attempt = change.snapshot.attempts[0]
    change.add_refund(attempt, 16400, "returned", requested_by="key_1", needs_approval=True)


def approving(change: PaymentChange) -> None:
    refund = change.snapshot.refunds[0]
    change.approve_refund(refund)
    change.request_job("refund", refund.id, change.now, "juspay")


def rejecting(change: PaymentChange) -> None:
    change.reject_refund(change.snapshot.refunds[0])


def refund_of(payment: Played, **columns: object) -> Refund:
    return replace(payment.snapshot.refunds[0], **columns)


@pytest.mark.parametrize(
    ("limit", "amount", "waits"),
    [(None, 10**9, False), (100, 100, False), (100, 101, True), (0, 1, True)],
)
def test_what_is_above_the_limit_waits(limit: int | None, amount: int, *, waits: bool) -> None:
    snapshot = played(attempting, CAPTURED).snapshot
    assert needs_approval(snapshot, snapshot.attempts[0], amount, limit) is waits


@pytest.mark.parametrize(
    ("columns", "counts"),
    [
        ({"status": R.SUCCEEDED}, True),
        ({"status": R.CREATED}, True),
        ({"status": R.FAILED}, False),
        ({"status": R.REJECTED}, False),
        ({}, False),
        ({"status": R.SUCCEEDED, "automatic": True}, False),
        ({"status": R.SUCCEEDED, "foreign_ref": "d1"}, False),
    ],
)
def test_what_nobody_approved_counts_towards_the_limit(
    columns: dict[str, object], *, counts: bool
) -> None:
    payment = played(attempting, CAPTURED, waiting)
    snapshot = replace(payment.snapshot, refunds=(refund_of(payment, **columns),))
    assert needs_approval(snapshot, snapshot.attempts[0], 1, 16400) is counts


def test_what_was_approved_counts_no_longer_and_money_of_no_order_never() -> None:
    snapshot = played(attempting, CAPTURED, waiting, approving).snapshot
    attempt = snapshot.attempts[0]
    assert not needs_approval(snapshot, attempt, 1, 16400)
    assert not needs_approval(snapshot, replace(attempt, conflict="too_late"), 10**6, 0)


def test_only_somebody_else_decides_and_only_while_it_waits() -> None:
    refund = refund_of(played(attempting, CAPTURED, waiting))
    check_decidable(refund, "asha")
    for nobody in ("key_1", None):
        with pytest.raises(SecondPersonNeeded):
            check_decidable(refund, nobody)
    with pytest.raises(NoApprovalNeeded):
        check_decidable(replace(refund, status=R.CREATED), "asha")


def test_a_refund_that_waits_reserves_its_amount_and_has_no_job() -> None:
    payment = played(attempting, CAPTURED, waiting)
    assert payment.snapshot.attempts[0].amount_refund_reserved == 16400
    assert ("refund", "rfd_1") not in payment.jobs
    assert list(breaches(payment.books())) == []


def test_a_rejection_frees_the_amount_and_is_announced() -> None:
    payment = played(attempting, CAPTURED, waiting, rejecting)
    assert payment.snapshot.attempts[0].amount_refund_reserved == 0
    assert payment.announced[-1] == "refund.rejected"
    assert list(breaches(payment.books())) == []


def test_an_approved_refund_is_created_from_the_approval_on() -> None:
    payment = played(attempting, CAPTURED, waiting, approving)
    refund = refund_of(payment)
    assert (refund.status, refund.begun_at) == (R.CREATED, payment.now)
    assert refund.begun_at > refund.created_at
    assert list(breaches(payment.books())) == []


def test_a_job_that_would_send_a_refund_without_approval_is_named() -> None:
    payment = played(attempting, CAPTURED, waiting)
    refund = refund_of(payment)
    jobs = {("refund", refund.id)}
    books = Books(snapshot=payment.snapshot, jobs=jobs, sequences=payment.sequences)
    assert list(breaches(books)) == [
        f"pay_1: {refund.id} is needs_approval, yet a job would send it"
    ]


@pytest.mark.parametrize("steps", [(waiting,), (waiting, rejecting)], ids=len)
@pytest.mark.parametrize("status", [R.PENDING, R.SUCCEEDED, R.FAILED])
def test_a_report_of_a_refund_that_was_never_sent_puts_it_under_review(
    status: RefundStatus, steps: tuple
) -> None:
    payment = played(attempting, CAPTURED, *steps)
    before = refund_of(payment)
    state = RefundState(
        ref=before.ref,
        charge_ref=payment.snapshot.attempts[0].ref,
        status=status,
        gateway_status="X",
        amount=Paise(before.amount),
        gateway_refund_id="r1",
    )
    payment.play(lambda change: report_refund(change, before.id, state))
    after = refund_of(payment)
    assert after.status in REFUND_NOT_SENT
    assert (after.status, after.gateway_refund_id) == (before.status, None)
    assert after.review is not None
    assert list(breaches(payment.books())) == []


def test_a_refund_of_the_gateways_is_not_taken_for_one_that_waits() -> None:
    payment = played(attempting, CAPTURED, waiting)
    look(payment, 16400)
    foreign = payment.snapshot.refunds[-1]
    assert (foreign.foreign_ref, foreign.amount) == ("total:2", 16400)
    assert payment.snapshot.attempts[0].amount_refund_reserved == 2 * 16400
