"""A bank is down once the latest attempts of most customers failed technically; one alone proves
nothing."""

from datetime import UTC, datetime, timedelta

import pytest

from payment_engine.domain.declines import ResultClass
from payment_engine.domain.downtime import (
    PROBE_EVERY,
    WINDOW,
    Downtime,
    End,
    carried_out,
    end_of,
    is_down,
)
from payment_engine.domain.states import AttemptStatus

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
A = AttemptStatus


def ends(*outcomes: tuple[str, bool], every: float = 0.2) -> list[End]:
    """Ends of customers, the last one now."""
    first = NOW - timedelta(seconds=every) * (len(outcomes) - 1)
    return [
        End(first + number * timedelta(seconds=every), ok, customer)
        for number, (customer, ok) in enumerate(outcomes)
    ]


def failed(count: int) -> list[tuple[str, bool]]:
    return [(f"c{number}", False) for number in range(count)]


def test_five_attempts_a_second_that_all_fail_mark_it_within_a_second() -> None:
    assert not is_down(ends(*failed(4)), NOW)
    assert is_down(ends(*failed(5)), NOW)


def test_a_busy_bank_that_begins_to_fail_is_marked_within_ten_seconds() -> None:
    healthy = [(f"h{number}", True) for number in range(250)]
    assert is_down(ends(*healthy, *failed(25)), NOW)
    assert not is_down(ends(*healthy, *failed(19)), NOW)


def test_one_customer_cannot_crowd_out_those_who_succeed() -> None:
    healthy = [(f"h{number}", True) for number in range(20)]
    assert not is_down(ends(*healthy, *failed(3), *[("c", False)] * 40), NOW)


def test_one_customer_who_tries_again_and_again_marks_nothing() -> None:
    assert not is_down(ends(*[("c", False)] * 50), NOW)
    assert not is_down(ends(*[("c", False), ("d", False)] * 25), NOW)
    assert is_down(ends(*[("c", False), ("d", False)] * 2, ("e", False)), NOW)


def test_a_customer_who_fails_often_counts_once_among_those_who_succeed() -> None:
    others = [(f"c{number}", number < 4) for number in range(6)]
    assert not is_down(ends(*others, *[("c5", False)] * 20), NOW)


@pytest.mark.parametrize(("successes", "down"), [(0, True), (2, True), (3, False)])
def test_four_fifths_of_the_customers_must_have_failed(successes: int, *, down: bool) -> None:
    found = [*failed(8), *((f"s{number}", True) for number in range(successes))]
    assert is_down(ends(*found), NOW) is down


def test_who_succeeded_after_a_failure_has_succeeded() -> None:
    again = [(f"c{number}", True) for number in range(8)]
    assert not is_down(ends(*failed(8), *again), NOW)


def test_what_is_longer_ago_than_a_minute_counts_no_longer() -> None:
    found = ends(*failed(8))
    assert is_down(found, found[0].at + WINDOW)
    assert not is_down(found, NOW + WINDOW + timedelta(seconds=1))
    assert not is_down([], NOW)


@pytest.mark.parametrize(
    ("status", "code", "ok"),
    [
        (A.CAPTURED, None, True),
        (A.AUTHORIZED, None, True),
        (A.FAILED, "insufficient_funds", True),
        (A.FAILED, "incorrect_otp", True),
        (A.FAILED, "issuer_down", False),
        (A.FAILED, "bank_timed_out", False),
        (A.FAILED, "timed_out", None),
        (A.FAILED, "cancelled_by_customer", None),
        (A.FAILED, "gateway_unreachable", None),
        (A.FAILED, "gateway_rejected", None),
    ],
)
def test_only_what_the_bank_did_or_could_not_do_counts(
    status: AttemptStatus, code: str | None, *, ok: bool | None
) -> None:
    assert end_of(status, code, NOW, "c") == (None if ok is None else End(NOW, ok, "c"))


def test_a_charge_that_another_gateway_took_over_says_nothing() -> None:
    assert carried_out(ResultClass.REROUTED, None) is None


def test_every_ten_seconds_one_attempt_is_offered_as_a_probe() -> None:
    downtime = Downtime(NOW, NOW + PROBE_EVERY)
    assert not downtime.admits(NOW + timedelta(seconds=9))
    assert downtime.admits(NOW + timedelta(seconds=10))
