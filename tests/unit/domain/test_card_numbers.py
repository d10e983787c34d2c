"""Card numbers are found, however they are disguised, and little else is taken for one."""

import random
import sys
from datetime import UTC, datetime, timedelta
from types import FrameType
from typing import Any
from uuid import UUID

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from payment_engine.domain.card_numbers import has_card_number, is_card_number, luhn, scrub

CARDS = [
    "4242424242424242",
    "5555555555554444",
    "2223003122003222",
    "378282246310005",
    "36227206271667",
    "6521111111111110",
    "8171999927660000",
    "4222222222222",
    "6304000000000000000",
]
SAMPLES = 5_000


def share(samples: list[str]) -> float:
    return sum(map(has_card_number, samples)) / len(samples)


def with_check_digit(digits: str) -> str:
    return next(digits + last for last in "0123456789" if luhn(digits + last))


bodies = st.text("0123456789", min_size=11, max_size=17)
numbers = st.builds(
    lambda first, rest: with_check_digit(first + rest), st.sampled_from("234568"), bodies
)
"""Every length and first digit that a card may have, with the right check digit."""


@pytest.mark.parametrize("number", CARDS)
def test_a_card_number_of_every_network_is_found(number: str) -> None:
    assert scrub(f"charged {number} today") == "charged <card> today"


@given(numbers)
def test_a_card_number_is_found_whatever_its_digits(number: str) -> None:
    assert scrub(number) == "<card>"


@given(numbers, st.sampled_from(" -"), st.data())
def test_a_card_number_in_any_grouping_is_removed(
    number: str, between: str, data: st.DataObject
) -> None:
    cuts = data.draw(st.sets(st.integers(1, len(number) - 1)))
    grouped = "".join(between * (index in cuts) + digit for index, digit in enumerate(number))
    assert scrub(grouped) == "<card>"


@pytest.mark.parametrize(
    "written",
    [
        "4242424242424242",
        "4242 4242 4242 4242",
        "card 4242-4242-4242-4242, 12/30",
        "3782 822463 10005",
        "621234 5678901 2347",
        "4242 4242 4242 4242 123",
    ],
)
def test_a_card_number_as_people_write_it_is_refused(written: str) -> None:
    assert has_card_number(written)


DISGUISES = [
    "4242.4242.4242.4242",
    "4242/4242/4242/4242",
    "4242_4242_4242_4242",
    "４２４２４２４２４２４２４２４２",  # full width
    "४२४२४२४२४२४२४२४२",
    "4242%204242%204242%204242",
    "%34242%34242424242%34242",
    "4242\u200b4242\u200d4242\ufeff4242",
    "id4242424242424242",
    "4242424242424242x",
    "card4242424242424242exp",
    "4242424242424242_7",
]


@pytest.mark.parametrize("written", DISGUISES)
def test_a_card_number_in_disguise_is_refused_and_hidden(written: str) -> None:
    assert has_card_number(written)
    assert "<card>" in scrub(written)
    assert "4242" not in scrub(written)


@pytest.mark.parametrize(
    "number",
    [
        "20261126101504",  # a time
        "408-1000007-1234567",
        "171-1234567-1234563",
        "1795434062123456",
        "2026112610150412",
        "116400.4242424242424242",
    ],
)
def test_a_number_that_no_network_issues_is_not_refused(number: str) -> None:
    assert not has_card_number(number)


def test_no_moment_of_a_day_is_taken_for_a_card_number() -> None:
    seconds = (
        datetime(2026, 11, 26, tzinfo=UTC) + timedelta(seconds=s) for s in range(0, 86_400, 7)
    )
    assert not any(has_card_number(f"{at:%Y%m%d%H%M%S}") for at in seconds)


@pytest.mark.parametrize(
    "whole", ["4242424242424242", " 4242 4242 4242 4242 ", "4242-4242-4242-4242"]
)
def test_an_identifier_is_a_card_number_only_as_a_whole(whole: str) -> None:
    assert is_card_number(whole)
    assert not is_card_number(f"ORD{whole.strip()}")
    assert not is_card_number(f"{whole.strip()}/1")
    assert not is_card_number("42")


@pytest.mark.parametrize("unit", ["4", "4 ", "42424242424242424242 ", "4242424242424242 ", "%34"])
def test_looking_costs_the_same_for_each_character_of_any_text(unit: str) -> None:
    steps = [_steps(unit * (size // len(unit))) for size in (4_000, 32_000)]
    assert steps[1] < 10 * steps[0]


def _steps(text: str) -> int:
    """How many lines of Python run."""
    count = 0

    def trace(frame: FrameType, event: str, _: object) -> Any:
        nonlocal count
        count += event == "line"
        return trace

    measuring_coverage = sys.gettrace()
    sys.settrace(trace)
    try:
        has_card_number(text)
        scrub(text)
    finally:
        sys.settrace(measuring_coverage)
    return count


@pytest.mark.parametrize(
    "made", ["tour-init-40009-1795434062", "20261123-4242428", "4-242424242424242"]
)
def test_an_id_that_happens_to_pass_the_check_digit_is_not_refused(made: str) -> None:
    assert not has_card_number(made)
    assert "<card>" in scrub(made)


@given(numbers, st.integers(0, 9), st.integers(0, 18))
def test_one_wrong_digit_fails_the_check_digit(number: str, digit: int, at: int) -> None:
    at %= len(number)
    assume(number[at] != str(digit))
    assert not luhn(number[:at] + str(digit) + number[at + 1 :])


@pytest.mark.parametrize("code", ["123", "12/27", "12 27", "0427-123"])
def test_a_code_or_an_expiry_beside_a_card_number_does_not_hide_it(code: str) -> None:
    assert "4111111111111111" not in scrub(f"{code} 4111111111111111 {code}")


def test_two_card_numbers_side_by_side_are_both_found() -> None:
    assert "1111" not in scrub("4111111111111111 4111111111111111")
    assert scrub("4111111111111111, 378282246310005") == "<card>, <card>"


def test_the_longest_possible_card_number_is_removed() -> None:
    assert luhn("4233192981473")
    assert scrub("4233 1929 81473 057") == "<card>"


@pytest.mark.parametrize("around", ["{}", '"card":{}', "card={}&x=1", "({})", "{}.", "é{}\n"])
def test_a_card_number_is_found_whatever_stands_around_it(around: str) -> None:
    assert scrub(around.format(CARDS[0])) == around.format("<card>")


@pytest.mark.parametrize(
    "text",
    [
        "4242424242424243",  # fails the check digit
        "1242424242424240",  # no card begins with 1
        "4242  4242  4242  4242",  # two separators
        "424242424242",  # too short
        "42424242424242424242",  # too long
        "0.4242424242424242",  # a fraction
        "",
    ],
)
def test_what_only_resembles_a_card_number_is_left_alone(text: str) -> None:
    assert scrub(text) == text


def test_times_in_milliseconds_are_never_mistaken_for_card_numbers() -> None:
    draw = random.Random(1)
    samples = [str(draw.randrange(1_600_000_000_000, 1_999_999_999_999)) for _ in range(SAMPLES)]
    assert share(samples) == 0


def test_bank_references_are_never_mistaken_for_card_numbers() -> None:
    draw = random.Random(2)
    assert share([f"{draw.randrange(10**12):012}" for _ in range(SAMPLES)]) == 0


def test_long_gateway_ids_are_never_mistaken_for_card_numbers() -> None:
    draw = random.Random(3)
    assert share([f"{draw.randrange(10**35):035}" for _ in range(SAMPLES)]) == 0


def test_uuids_are_almost_never_mistaken_for_card_numbers() -> None:
    draw = random.Random(4)
    assert share([UUID(int=draw.getrandbits(128)).hex for _ in range(SAMPLES)]) < 0.002


def test_random_numbers_of_a_cards_length_pass_at_the_expected_rate() -> None:
    draw = random.Random(5)
    samples = [f"{draw.randrange(10**16):016}" for _ in range(SAMPLES)]
    assert 0.02 < share(samples) < 0.05
