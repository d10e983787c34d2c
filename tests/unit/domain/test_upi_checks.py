"""When a pending UPI charge may be checked, by NPCI's circular of 26 April 2025."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from payment_engine.domain.payment import Attempt
from payment_engine.domain.payment_methods import Method
from payment_engine.domain.states import AttemptStatus
from payment_engine.domain.upi_checks import next_allowed

START = datetime(2026, 11, 27, 6, 0, tzinfo=UTC)
ATTEMPT = Attempt(
    id="att_1",
    payment_id="pay_1",
    number=1,
    ref="1",
    gateway="juspay",
    method=Method.UPI_INTENT,
    status=AttemptStatus.PENDING,
    amount=100,
    currency="INR",
    created_at=START,
    expires_at=START + timedelta(minutes=8),
)


def at(**after: float) -> datetime:
    return START + timedelta(**after)


def checked(checks: int, last: datetime) -> Attempt:
    return replace(ATTEMPT, checks=checks, checked_at=last)


def test_the_first_check_is_after_ninety_seconds() -> None:
    assert next_allowed(ATTEMPT, at(seconds=1)) == at(seconds=90)
    assert next_allowed(ATTEMPT, at(seconds=95)) == at(seconds=95)


def test_a_customer_who_came_back_need_not_wait_for_the_first_check() -> None:
    assert next_allowed(ATTEMPT, at(seconds=5), returned=True) == at(seconds=5)


def test_one_of_three_checks_waits_until_the_customer_can_no_longer_pay() -> None:
    assert next_allowed(checked(1, at(seconds=5)), at(seconds=6)) == at(seconds=6)
    assert next_allowed(checked(2, at(seconds=90)), at(seconds=95)) == at(minutes=8)
    assert next_allowed(checked(2, at(seconds=90)), at(minutes=9)) == at(minutes=9)


def test_after_three_checks_the_next_one_is_two_hours_after_the_start() -> None:
    assert next_allowed(checked(3, at(minutes=9)), at(minutes=10)) == at(hours=2)
    assert next_allowed(checked(3, at(hours=1.5)), at(hours=1.6)) == at(hours=2.5)


def test_later_checks_are_an_hour_apart() -> None:
    assert next_allowed(checked(1, at(hours=1)), at(hours=3)) == at(hours=3)
    assert next_allowed(checked(4, at(hours=3)), at(hours=3.2)) == at(hours=4)


def test_what_has_a_verdict_or_is_no_upi_may_be_looked_at_at_any_time() -> None:
    for other in (
        replace(ATTEMPT, status=AttemptStatus.FAILED),
        replace(ATTEMPT, status=AttemptStatus.CAPTURED),
        replace(ATTEMPT, method=Method.CARD),
    ):
        assert next_allowed(other, at(seconds=1)) == at(seconds=1)


def test_a_failure_that_a_look_did_not_confirm_bounds_checks_like_a_pending_charge() -> None:
    failed = replace(ATTEMPT, status=AttemptStatus.FAILED, settled_at=at(seconds=30))
    found_failed = replace(failed, checks=2, checked_at=at(seconds=30))
    assert next_allowed(found_failed, at(seconds=40)) == at(seconds=40)
    found_pending = replace(failed, checks=2, checked_at=at(seconds=31))
    assert next_allowed(found_pending, at(seconds=40), returned=True) == at(minutes=8)
    assert next_allowed(replace(found_pending, checks=3), at(minutes=9)) == at(hours=2)


@pytest.mark.parametrize("every", [1, 7, 45, 120, 600])
def test_however_often_one_wants_to_check_three_are_made_in_two_hours(every: int) -> None:
    attempt, made = ATTEMPT, []
    for second in range(0, 7200, every):
        now = at(seconds=second)
        if next_allowed(attempt, now, returned=True) <= now:
            attempt = checked(attempt.checks + 1, now)
            made.append(second)
    assert len(made) == 3
    assert made[2] >= 480
