"""The two machines, and how a payment's status is read off its attempts."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payment_engine.domain.states import (
    AttemptStatus,
    Closing,
    PaymentStatus,
    RefundStatus,
    Step,
    roll_up,
    step_attempt,
    step_refund,
)

A, R = AttemptStatus, RefundStatus

ATTEMPT = {
    A.CREATED: "= > > > > x",
    A.PENDING: "< = > > > >",
    A.AUTHORIZED: "< < = > > >",
    A.CAPTURED: "< < < = x x",
    A.FAILED: "< < ! ! = x",
    A.VOIDED: "< < < ! x =",
}
"""One row per status we hold, one mark per status reported, both in the order of the enum."""
REFUND = {
    R.CREATED: "= > > > >",
    R.PENDING: "< = > > >",
    R.SUCCEEDED: "< < = ! <",
    R.FAILED: "< < ! = <",
    R.MANUAL_REVIEW: "< < > > =",
}
MARKS = {"=": Step.SAME, ">": Step.MOVE, "<": Step.STALE, "!": Step.LATE, "x": Step.ILLEGAL}


def expected(table: dict, current: A | R, reported: A | R) -> Step:
    return MARKS[table[current].split()[list(table).index(reported)]]


@pytest.mark.parametrize(("current", "reported"), list(product(A, A)))
def test_every_pair_of_attempt_statuses_has_its_answer(current: A, reported: A) -> None:
    assert step_attempt(current, reported) is expected(ATTEMPT, current, reported)


@pytest.mark.parametrize(("current", "reported"), list(product(R, R)))
def test_every_pair_of_refund_statuses_has_its_answer(current: R, reported: R) -> None:
    assert step_refund(current, reported) is expected(REFUND, current, reported)


@pytest.mark.parametrize(("statuses", "step"), [(A, step_attempt), (R, step_refund)])
def test_nothing_leads_back_to_itself(statuses: type, step) -> None:
    def after(status: A | R) -> set[A | R]:
        return {then for then in statuses if step(status, then) is Step.MOVE}

    for status in statuses:
        reached, fresh = set(), after(status)
        while fresh:
            reached |= fresh
            fresh = set().union(*map(after, fresh)) - reached
        assert status not in reached


def told(reports: list[A]) -> A:
    """Where an attempt ends that hears these reports: it follows what moves it, late or not."""
    held = A.CREATED
    for reported in reports:
        if step_attempt(held, reported) in (Step.MOVE, Step.LATE):
            held = reported
    return held


@given(st.lists(st.sampled_from(A)))
def test_an_attempt_that_was_captured_ends_captured_in_whatever_order_it_hears_mod_2(
    reports: list[A],
) -> None:
    assert (told(reports) is A.CAPTURED) == (A.CAPTURED in reports)


@given(st.lists(st.sampled_from(A)))
def test_hearing_everything_twice_changes_nothing(reports: list[A]) -> None:
    doubled = [report for report in reports for _ in range(2)]
    assert told(doubled) is told(reports)


attempts = st.lists(st.sampled_from(A))
closings = st.none() | st.sampled_from(Closing)


@given(attempts, closings)
def test_a_payment_is_paid_exactly_when_some_attempt_is_captured(
    held: list[A], closing: Closing | None
) -> None:
    assert (roll_up(held, closing) is PaymentStatus.PAID) == (A.CAPTURED in held)


@given(st.permutations([A.FAILED, A.PENDING, A.AUTHORIZED, A.VOIDED]), closings)
def test_the_order_of_attempts_does_not_matter(held: list[A], closing: Closing | None) -> None:
    assert roll_up(held, closing) is PaymentStatus.AUTHORIZED


@pytest.mark.parametrize(
    ("held", "closing", "status"),
    [
        ([], None, "open"),
        ([A.FAILED, A.VOIDED], None, "open"),
        ([A.FAILED, A.CREATED], None, "pending"),
        ([A.PENDING], None, "pending"),
        ([A.PENDING], Closing.EXPIRED, "expired"),
        ([], Closing.CANCELLED, "cancelled"),
        ([A.AUTHORIZED], Closing.EXPIRED, "authorized"),
        ([A.CAPTURED], Closing.CANCELLED, "paid"),
    ],
)
def test_a_payments_status_is_read_off_its_attempts_and_its_closing(
    held: list[A], closing: Closing | None, status: str
) -> None:
    assert roll_up(held, closing).value == status


@given(attempts, closings)
def test_a_payment_with_nothing_to_pay_is_paid_mny_7(
    held: list[A], closing: Closing | None
) -> None:
    assert roll_up(held, closing, free=True) is PaymentStatus.PAID


def test_statuses_of_two_kinds_are_equal_so_one_table_must_never_hold_both() -> None:
    assert A.FAILED == R.FAILED
    assert len({A.FAILED: "attempt", R.FAILED: "refund"}) == 1


def test_a_bounced_refund_and_a_failed_one_differ_although_their_names_do_not() -> None:
    assert step_refund(R.FAILED, R.SUCCEEDED) is Step.LATE
    assert step_refund(R.PENDING, R.FAILED) is Step.MOVE
