"""What one change of a payment decides, beyond the orders in which its events come."""

from dataclasses import replace
from datetime import timedelta

import pytest

from payment_engine.domain.gateway import ChargeState, NextAction, RefundState
from payment_engine.domain.ids import DrawnIds
from payment_engine.domain.invariants import breaches
from payment_engine.domain.lifecycle import PaymentChange
from payment_engine.domain.money import Paise
from payment_engine.domain.outcomes import AUTOMATIC_REFUND_FAILED
from payment_engine.domain.payment import Snapshot
from payment_engine.domain.states import AttemptStatus, Closing, PaymentStatus, RefundStatus
from tests.unit.domain.test_every_order import (
    AMOUNT,
    AUTHORIZED,
    CAPTURED,
    NOW,
    Played,
    Step,
    attempting,
    close,
    refund_reports,
    refunding,
    reports,
)


def played(*steps: object, **changes: object) -> Played:
    payment = Played(**changes)
    for step in steps:
        payment.play(step)
    return payment


def test_identifiers_are_the_same_for_each_further_decision() -> None:
    ids = DrawnIds(lambda: NOW)
    first = [ids.new("att"), ids.new("rfd")]
    ids.restart()
    assert [ids.new("att"), ids.new("rfd")] == first


def test_of_two_requests_for_a_job_the_earlier_time_wins() -> None:
    change = PaymentChange(Played().snapshot, Played()._situation())
    change.request_job("refund", "rfd_1", NOW + timedelta(hours=1))
    change.request_job("refund", "rfd_1", NOW, "juspay")
    change.withdraw_job("void", "att_1")
    decided = change.finish()
    assert decided is not None
    assert [(job.run_at, job.gateway) for job in decided.jobs] == [(NOW, "juspay")]
    assert [(job.kind, job.subject) for job in decided.withdrawn] == [("void", "att_1")]
    assert [event.type for event in decided.events] == ["updated"]


def test_a_change_that_changes_nothing_writes_nothing() -> None:
    payment = Played()
    assert PaymentChange(payment.snapshot, payment._situation()).finish() is None


def test_what_the_checkout_does_next_is_encrypted_for_its_attempt() -> None:
    payment = played(attempting)

    def redirected(change: PaymentChange) -> None:
        attempt = change.snapshot.attempts[0]
        action = NextAction(kind="redirect", url="https://bank.example", fields={"a": "b"})
        state = ChargeState(
            ref=attempt.ref,
            status=AttemptStatus.PENDING,
            gateway_status="PENDING_VBV",
            amount=Paise(AMOUNT),
            next_action=action,
        )
        change.apply_charge(attempt.id, state)

    payment.play(redirected)
    assert b'"url":"https://bank.example"' in (payment.snapshot.attempts[0].next_action or b"")


def test_a_review_ends_once_and_leaves_both_lines_in_the_history() -> None:
    payment = played(attempting, CAPTURED, refunding)
    refund = payment.snapshot.refunds[0]
    payment.play(lambda change: change.review(refund, "amount differs"))
    payment.play(lambda change: change.review(refund, "amount differs"))
    assert payment.snapshot.refunds[0].review == "amount differs"
    payment.play(lambda change: change.end_review(refund))
    payment.play(lambda change: change.end_review(refund))
    assert payment.snapshot.refunds[0].review is None
    assert [event.type for event in payment.events][-2:] == ["review", "review.over"]


def test_a_payment_nobody_is_paying_is_closed() -> None:
    payment = played(close(Closing.EXPIRED))
    assert payment.snapshot.payment.status is PaymentStatus.EXPIRED
    assert payment.jobs == set()


def test_the_instrument_that_paid_is_marked_as_used() -> None:
    payment = Played()

    def attempting_with_card(change: PaymentChange) -> None:
        change.add_attempt(
            gateway="juspay",
            method="card",
            expires_at=NOW + timedelta(minutes=8),
            ref="0123456789abcdefghjk",
            routing={"chosen": "juspay"},
            unchosen=True,
            instrument_id="crd_1",
        )

    payment.play(attempting_with_card)
    change = PaymentChange(payment.snapshot, payment._situation())
    CAPTURED(change)
    decided = change.finish()
    assert decided is not None
    assert decided.used_instruments == ("crd_1",)
    assert payment.events[-1].data["routing"] == {"chosen": "juspay"}
    assert payment.events[-1].data["at_once"] is True


@pytest.mark.parametrize(
    ("later", "superseded", "conflict"),
    [(timedelta(hours=2), False, "too_late"), (timedelta(minutes=1), True, "superseded")],
)
def test_money_that_comes_too_late_or_for_a_superseded_payment_is_sent_back(
    later: timedelta, conflict: str, *, superseded: bool
) -> None:
    payment = played(attempting, close(Closing.EXPIRED))
    now = payment.now + later
    situation = replace(payment._situation(), now=now, superseded=superseded)
    change = PaymentChange(payment.snapshot, situation)
    CAPTURED(change)
    assert change.snapshot.attempts[0].conflict == conflict
    assert change.snapshot.refunds[0].amount == AMOUNT


def test_authorized_money_that_cannot_pay_is_voided() -> None:
    payment = played(attempting, close(Closing.CANCELLED), AUTHORIZED)
    attempt = payment.snapshot.attempts[0]
    assert attempt.conflict == "cancelled"
    assert ("void", attempt.id) in payment.jobs


def test_authorized_money_that_paid_and_fails_makes_the_payment_expire_again() -> None:
    payment = played(attempting, AUTHORIZED, reports(AttemptStatus.FAILED), capture="manual")
    assert ("expire_payment", payment.snapshot.payment.id) in payment.jobs
    assert payment.snapshot.payment.status is PaymentStatus.OPEN


def test_authorized_money_that_is_released_closes_the_payment() -> None:
    payment = played(attempting, AUTHORIZED, reports(AttemptStatus.VOIDED), capture="manual")
    row = payment.snapshot.payment
    assert (row.status, row.closing) == (PaymentStatus.VOIDED, Closing.VOIDED)
    payment.play(CAPTURED)
    (attempt,), (refund,) = payment.snapshot.attempts, payment.snapshot.refunds
    assert (attempt.conflict, refund.automatic) == ("voided", True)


@pytest.mark.parametrize("before", [(), (reports(AttemptStatus.PENDING),)], ids=len)
def test_money_released_whose_authorization_nobody_reported_closes_the_payment(
    before: tuple[Step, ...],
) -> None:
    payment = played(attempting, *before, reports(AttemptStatus.VOIDED), capture="manual")
    row = payment.snapshot.payment
    assert (row.status, row.closing) == (PaymentStatus.VOIDED, Closing.VOIDED)
    assert "payment.voided" in [event.type for event in payment.events]


def test_a_void_of_an_attempt_that_the_customer_had_left_closes_nothing() -> None:
    payment = played(attempting, attempting, reports(AttemptStatus.VOIDED), capture="manual")
    assert payment.snapshot.payment.status is PaymentStatus.PENDING
    assert [each.status for each in payment.snapshot.attempts] == ["voided", "created"]


def refund_by_hand(change: PaymentChange) -> None:
    refund = change.add_refund(change.snapshot.attempts[0], AMOUNT, "by hand")
    change.request_job("refund", refund.id, change.now)


def last_refund_reports(status: RefundStatus) -> Step:
    def step(change: PaymentChange) -> None:
        refund = change.snapshot.refunds[-1]
        state = replace(_refund_state(change.snapshot), ref=refund.ref, status=status)
        change.apply_refund(refund.id, state)

    return step


def test_an_automatic_refund_that_fails_is_reviewed_until_another_replaces_it() -> None:
    payment = played(attempting, close(Closing.CANCELLED), CAPTURED)
    payment.play(refund_reports(RefundStatus.FAILED))
    assert payment.snapshot.attempts[0].review == AUTOMATIC_REFUND_FAILED
    payment.play(refund_by_hand)
    payment.play(last_refund_reports(RefundStatus.SUCCEEDED))
    assert payment.snapshot.attempts[0].review is None
    payment.play(refund_reports(RefundStatus.SUCCEEDED))
    assert payment.snapshot.attempts[0].review == "refunded more than captured"
    assert list(breaches(payment.books())) == []


def test_money_that_pays_no_order_is_reviewed_again_when_its_refund_by_hand_bounces() -> None:
    payment = played(attempting, close(Closing.CANCELLED), CAPTURED)
    payment.play(refund_reports(RefundStatus.FAILED))
    payment.play(refund_by_hand)
    payment.play(last_refund_reports(RefundStatus.SUCCEEDED))
    payment.play(last_refund_reports(RefundStatus.FAILED))
    assert payment.snapshot.attempts[0].review == AUTOMATIC_REFUND_FAILED


def _refund_state(snapshot: Snapshot) -> RefundState:
    attempt = snapshot.attempts[0]
    return RefundState(
        ref="", charge_ref=attempt.ref, status=RefundStatus.PENDING, gateway_status="x"
    )


def test_a_row_is_found_by_its_id_or_named_as_missing() -> None:
    snapshot = played(attempting, CAPTURED, refunding).snapshot
    assert snapshot.attempt(snapshot.attempts[0].id) is snapshot.attempts[0]
    assert snapshot.refund(snapshot.refunds[0].id) is snapshot.refunds[0]
    with pytest.raises(KeyError):
        snapshot.attempt("att_other")
