"""When the next card may be tried after others were declined."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from payment_engine.domain.card_testing import (
    CardWait,
    DeclinePolicy,
    DeclineTimes,
    network_of_address,
    next_card,
    says_something_of_its_card,
)
from payment_engine.domain.declines import CARD_DECLINES, DECLINES
from payment_engine.domain.payment import Attempt
from payment_engine.domain.payment_methods import Method
from payment_engine.domain.states import AttemptStatus

NOW = datetime(2026, 1, 5, 10, tzinfo=UTC)
NONE = DeclineTimes()
HOUR = timedelta(hours=1)
FAR = ((1000, HOUR),)
POLICY = DeclinePolicy(
    rates={
        "payment": ((5, HOUR),),
        "customer": ((3, timedelta(minutes=10)), (6, HOUR)),
        "address": ((4, HOUR),),
        "bin": ((2, HOUR),),
    },
    wait=timedelta(seconds=10),
)


def ago(*seconds: int) -> tuple[datetime, ...]:
    return tuple(NOW - timedelta(seconds=each) for each in seconds)


def declined(seconds_ago: int = 0, **changes: object) -> Attempt:
    at = NOW - timedelta(seconds=seconds_ago)
    attempt = Attempt(
        id="att_1",
        payment_id="pay_1",
        number=1,
        ref="1",
        gateway="juspay",
        method=Method.CARD,
        status=AttemptStatus.FAILED,
        declined_at=at,
        amount=100,
        currency="INR",
        created_at=at - HOUR,
        expires_at=at,
    )
    return replace(attempt, **changes)


def wait(attempts: list[Attempt], others: DeclineTimes = NONE) -> CardWait | None:
    return next_card(attempts, others, POLICY, NOW)


def test_a_first_card_and_one_after_two_declines_wait_for_nothing() -> None:
    assert wait([]) is None
    assert wait([declined(1), declined(0)]) is None


@pytest.mark.parametrize(("declines", "seconds"), [(3, 10), (4, 20)])
def test_each_further_decline_doubles_the_wait(declines: int, seconds: int) -> None:
    attempts = [declined(number) for number in range(declines)]
    assert wait(attempts) == CardWait("payment", NOW + timedelta(seconds=seconds))
    later = [declined(seconds + number) for number in range(declines)]
    assert wait(later) is None


def test_the_wait_counts_from_when_the_decline_was_known() -> None:
    attempts = [declined(300, declined_at=NOW - timedelta(seconds=2)) for _ in range(3)]
    assert wait(attempts) == CardWait("payment", NOW + timedelta(seconds=8))


def test_as_many_declines_as_a_rate_allows_end_cards_until_the_first_of_them_is_old() -> None:
    attempts = [declined(600 * number) for number in range(5)]
    assert wait(attempts) == CardWait("payment", NOW + timedelta(seconds=3600 - 2400))


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        (DeclineTimes(customer=ago(1, 2, 3)), CardWait("customer", NOW + timedelta(seconds=597))),
        (DeclineTimes(customer=ago(1, 2)), None),
        (DeclineTimes(address=ago(1, 2, 3, 4)), CardWait("address", NOW + timedelta(seconds=3596))),
        (DeclineTimes(bin=ago(5, 6)), CardWait("bin", NOW + timedelta(seconds=3594))),
        (DeclineTimes(bin=ago(5, 3600)), None),
    ],
)
def test_each_count_has_rates_of_its_own(others: DeclineTimes, expected: CardWait | None) -> None:
    assert wait([], others) == expected


def test_the_longest_wait_counts() -> None:
    others = DeclineTimes(bin=ago(5, 6), address=ago(1, 2, 3, 1000))
    assert wait([], others) == CardWait("bin", NOW + timedelta(seconds=3594))


def test_no_wait_is_set_by_a_policy_without_one() -> None:
    rates = dict.fromkeys(("payment", "customer", "address", "bin"), FAR)
    lenient = DeclinePolicy(rates=rates, wait=timedelta())
    assert next_card([declined(n) for n in range(20)], DeclineTimes(), lenient, NOW) is None
    assert (lenient.longest, POLICY.longest) == (HOUR, HOUR)


@pytest.mark.parametrize(
    "code", [None, "other", "incorrect_cvv", "risk_declined", "declined_by_issuer"]
)
def test_a_decline_that_says_something_of_a_card_counts(code: str | None) -> None:
    assert says_something_of_its_card(Method.CARD, code)
    assert not says_something_of_its_card(Method.NETBANKING, code)


@pytest.mark.parametrize("code", ["cancelled_by_customer", "timed_out", "gateway_unreachable"])
def test_what_says_nothing_of_a_card_does_not_count(code: str) -> None:
    assert not says_something_of_its_card(Method.CARD, code)


def test_every_code_that_counts_is_a_decline() -> None:
    assert set(DECLINES) > CARD_DECLINES
    assert not {code for code in CARD_DECLINES if DECLINES[code].cause == "technical"}


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::"),
        ("fe80::1%eth0", "fe80::"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("unknown", None),
        ("", None),
        (None, None),
    ],
)
def test_an_address_stands_for_its_network(address: str | None, network: str | None) -> None:
    assert network_of_address(address) == network
