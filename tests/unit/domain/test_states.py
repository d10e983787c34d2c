"""The state machines of attempts and refunds, and the payment status derived from attempts."""

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
    A.CREATED: "= > > > > >",
    A.PENDING: "< = > > > >",
    A.AUTHORIZED: "< < = > > >",
    A.CAPTURED: "< < < = x x",
    A.FAILED: "< < ! ! = x",
    A.VOIDED: "< < < ! x =",
}
"""A row per current status, a mark per reported status, both in the order of the enum."""
REFUND = {
    R.CREATED: "= > > > > < x",
    R.PENDING: "< = > > > < x",
    R.SUCCEEDED: "< < = ! < < x",
    R.FAILED: "< < ! = < < x",
    R.MANUAL_REVIEW: "< < > > = < x",
    R.NEEDS_APPROVAL: "> x x x x = >",
    R.REJECTED: "x x x x x < =",
}
MARKS = {"=": Step.SAME, ">": Step.MOVE, "<": Step.STALE, "!": Step.LATE, "x": Step.ILLEGAL}


def expected(table: dict, current: A | R, reported: A | R) -> Step:
    return MARKS[table[current].split()[list(table).index(reported)]]


@pytest.mark.parametrize(("current", "reported"), list(product(A, A)))
def test_every_pair_of_attempt_statuses(current: A, reported: A) -> None:
    assert step_attempt(current, reported) is expected(ATTEMPT, current, reported)


@pytest.mark.parametrize(("current", "reported"), list(product(R, R)))
def test_every_pair_of_refund_statuses(current: R, reported: R) -> None:
    assert step_refund(current, reported) is expected(REFUND, current, reported)


@pytest.mark.parametrize(("statuses", "step"), [(A, step_attempt), (R, step_refund)])
def test_no_status_leads_back_to_itself(statuses: type, step) -> None:
    def after(status: A | R) -> set[A | R]:
        return {then for then in statuses if step(status, then) is Step.MOVE}

    for status in statuses:
        reached, fresh = set(), after(status)
        while fresh:
            reached |= fresh
            fresh = set().union(*map(after, fresh)) - reached
        assert status not in reached


def after_reports(reports: list[A]) -> A:
    """The status of an attempt after these reports, in this order."""
    current = A.CREATED
    for reported in reports:
        if step_attempt(current, reported) in (Step.MOVE, Step.LATE):
            current = reported
    return current


@given(st.lists(st.sampled_from(A)))
def test_a_captured_attempt_ends_captured_in_any_order_of_reports(
    reports: list[A],
) -> None:
    assert (after_reports(reports) is A.CAPTURED) == (A.CAPTURED in reports)


@given(st.lists(st.sampled_from(A)))
def test_duplicate_reports_change_nothing(reports: list[A]) -> None:
    doubled = [report for report in reports for _ in range(2)]
    assert after_reports(doubled) is after_reports(reports)


attempts = st.lists(st.sampled_from(A))
closings = st.none() | st.sampled_from(Closing)


@given(attempts, closings)
def test_a_payment_is_paid_exactly_when_some_attempt_is_captured(
    statuses: list[A], closing: Closing | None
) -> None:
    assert (roll_up(statuses, closing) is PaymentStatus.PAID) == (A.CAPTURED in statuses)


@given(st.permutations([A.FAILED, A.PENDING, A.AUTHORIZED, A.VOIDED]), closings)
def test_the_order_of_attempts_does_not_matter(statuses: list[A], closing: Closing | None) -> None:
    assert roll_up(statuses, closing) is PaymentStatus.AUTHORIZED


@pytest.mark.parametrize(
    ("statuses", "closing", "status"),
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
def test_a_payments_status_follows_from_its_attempts_and_its_closing(
    statuses: list[A], closing: Closing | None, status: str
) -> None:
    assert roll_up(statuses, closing).value == status


@given(attempts, closings)
def test_a_payment_with_nothing_to_pay_is_paid(statuses: list[A], closing: Closing | None) -> None:
    assert roll_up(statuses, closing, free=True) is PaymentStatus.PAID


def test_equal_names_of_attempt_and_refund_statuses_must_not_share_a_table() -> None:
    assert A.FAILED == R.FAILED
    assert len({A.FAILED: "attempt", R.FAILED: "refund"}) == 1


def test_a_late_success_after_a_failed_refund_is_not_an_ordinary_move() -> None:
    assert step_refund(R.FAILED, R.SUCCEEDED) is Step.LATE
    assert step_refund(R.PENDING, R.FAILED) is Step.MOVE
