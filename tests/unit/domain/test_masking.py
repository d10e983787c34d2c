"""Card numbers are found, nothing else is taken for one; only allowed fields survive masking."""

import json
import random
from uuid import UUID

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from payment_engine.domain.masking import has_card_number, luhn, mask, scrub

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
        "id4242424242424242",  # part of an identifier
        "4242424242424242_7",
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
    assert 0.045 < share(samples) < 0.075


def test_only_scalars_under_an_allowed_key_survive() -> None:
    message = {
        "status": "CHARGED",
        "email": "a@b.in",
        "card": {"status": "ok", "pin": 12},
        "n": None,
    }
    masked = {"status": "CHARGED", "email": "<str,6>", "card": {"status": "ok", "pin": "<int,2>"}}
    assert mask(message, {"status"}) == {**masked, "n": None}


def test_an_allowed_key_allows_no_object_beneath_it() -> None:
    assert mask({"payment": {"vpa": "a@ybl"}}, {"payment"}) == {"payment": {"vpa": "<str,5>"}}


def test_an_allowed_key_allows_the_scalars_of_its_list() -> None:
    message = {"apps": ["gpay", {"vpa": "a@ybl"}], "names": ["Asha", True]}
    masked = {"apps": ["gpay", {"vpa": "<str,5>"}], "names": ["<str,4>", True]}
    assert mask(message, {"apps"}) == masked


def test_a_bare_value_becomes_its_type_and_length() -> None:
    assert mask("not json at all", {"status"}) == "<str,15>"
    assert mask(["x"], {"status"}) == ["<str,1>"]


@pytest.mark.parametrize("number", [4242424242424242, "4242424242424242", "4242 4242 4242 4242"])
def test_a_card_number_does_not_survive_under_an_allowed_key(number: object) -> None:
    assert mask({"message": number}, {"message"}) == {"message": "<card>"}


def test_a_card_number_does_not_survive_as_a_key() -> None:
    assert mask({"4242424242424242": 1}, {"4242424242424242"}) == {"<card>": 1}


def test_an_allowed_number_stays_a_number() -> None:
    assert mask({"amount": 116400, "rate": 0.5}, {"amount", "rate"}) == {
        "amount": 116400,
        "rate": 0.5,
    }


keys = st.sampled_from(["status", "amount", "card", "vpa", "payment", "x"])
scalars = st.none() | st.booleans() | st.integers() | st.text(max_size=8)


def nested(leaf: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    return st.recursive(
        leaf, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4)
    )


def disallowed(value: object) -> object:
    """The same with every allowed key renamed, so that nothing in it is allowed."""
    if isinstance(value, dict):
        return {f"not_{key}": disallowed(inner) for key, inner in value.items()}
    return [disallowed(item) for item in value] if isinstance(value, list) else value


@given(nested(scalars | st.just("s3cret-Value")).map(disallowed))
def test_a_secret_never_survives_outside_allowed_keys(message: object) -> None:
    assert "s3cret-Value" not in json.dumps(mask(message, {"status", "amount"}))


@given(nested(st.sampled_from([*CARDS, *map(int, CARDS)])))
def test_a_card_number_never_survives_anywhere(message: object) -> None:
    masked = json.dumps(mask(message, {"status", "amount", "card", "payment"}))
    assert not any(number in masked for number in CARDS)


@given(nested(scalars))
def test_masking_keeps_the_shape(message: object) -> None:
    assert _shape(mask(message, {"status", "amount"})) == _shape(message)


def _shape(value: object) -> object:
    if isinstance(value, dict):
        return {key: _shape(inner) for key, inner in value.items()}
    return [_shape(item) for item in value] if isinstance(value, list) else ()
