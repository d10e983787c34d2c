"""Networks by prefix, token states, and the checks of a typed card."""

from datetime import UTC, datetime
from itertools import product

import pytest

from payment_engine.domain.cards import (
    CardState,
    check_card,
    may_become,
    network_named,
    network_of,
    parse_expiry,
    pays_without_cvv,
)

S = CardState
NOW = datetime(2026, 11, 23, tzinfo=UTC)
VALID = {"number": "4242 4242 4242 4242", "expiry": "11/26", "cvv": "123", "name": "A. D'Souza"}


@pytest.mark.parametrize(
    ("digits", "network"),
    [
        ("6071489876543212", "rupay"),
        ("652152", "rupay"),
        ("508500", "rupay"),
        ("817290", "rupay"),
        ("2221000000000009", "mastercard"),
        ("5299920210000277", "mastercard"),
        ("378282246310005", "amex"),
        ("30569309025904", "diners"),
        ("675900", "maestro"),
        ("4111111111111111", "visa"),
    ],
)
def test_rupay_wins_over_networks_that_claim_wider_ranges(digits, network):
    assert network_of(digits).name == network


@pytest.mark.parametrize("digits", ["601100", "", "x"])
def test_unknown_prefixes_are_left_to_the_gateway(digits):
    assert network_of(digits) is None


@pytest.mark.parametrize(
    ("name", "network"),
    [("RUPAY", "rupay"), ("American Express", "amex"), ("MASTER", "mastercard"), ("Visa", "visa")],
)
def test_a_network_is_found_by_any_of_its_names(name, network):
    assert network_named(name).name == network


def test_an_unknown_name_is_no_network():
    assert network_named("Sodexo") is None


def test_a_valid_card_has_no_errors():
    assert check_card(**VALID, now=NOW) == []


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("number", "4242 4242 4242 4243"),
        ("number", "5085000000000001"),
        ("number", "424242424242"),
        ("number", "4242x"),
        ("number", "60110000"),
        ("expiry", "10/26"),
        ("expiry", "13/30"),
        ("expiry", "00/30"),
        ("expiry", "soon"),
        ("expiry", "01/2047"),
        ("cvv", "12"),
        ("cvv", "1234"),
        ("cvv", "१२३"),
        ("name", "R2-D2 <script>"),
    ],
)
def test_an_error_names_its_field_and_never_repeats_what_was_typed(field, typed):
    errors = check_card(**{**VALID, field: typed}, now=NOW)

    assert [error.field for error in errors] == [field]
    assert typed not in errors[0].message


def test_the_cvv_has_three_digits_and_four_for_amex():
    unknown = {**VALID, "number": "6011000990139424"}
    amex = {**VALID, "number": "378282246310005", "cvv": "1234", "name": None}

    assert check_card(**unknown, now=NOW) == []
    assert check_card(**amex, now=NOW) == []


def test_a_card_is_valid_to_the_end_of_its_month_in_india():
    last_minute = datetime(2026, 11, 30, 18, 29, tzinfo=UTC)
    after = datetime(2026, 11, 30, 18, 30, tzinfo=UTC)

    assert check_card(**VALID, now=last_minute) == []
    assert [error.field for error in check_card(**VALID, now=after)] == ["expiry"]


def test_an_expiry_has_a_two_or_four_digit_year():
    assert parse_expiry("9/29") == parse_expiry("09 / 2029") == (9, 2029)


@pytest.mark.parametrize("ended", [S.FAILED, S.DELETED])
def test_a_failed_or_deleted_token_never_comes_back(ended):
    assert not any(may_become(ended, state) for state in S)


@pytest.mark.parametrize("end", [S.DEACTIVATED, S.EXPIRED])
def test_a_deactivated_or_expired_token_can_only_be_deleted(end):
    assert [state for state in S if may_become(end, state)] == [S.DELETE_PENDING]


def test_a_suspended_token_may_return_and_a_token_being_deleted_may_not():
    assert may_become(S.SUSPENDED, S.ACTIVE)
    assert not may_become(S.DELETE_PENDING, S.ACTIVE)


def test_a_state_never_follows_itself():
    assert not any(may_become(a, b) for a, b in product(S, S) if a is b)


@pytest.mark.parametrize(
    ("network", "reported", "without"),
    [
        ("visa", True, True),
        ("visa", None, True),
        ("visa", False, False),
        ("maestro", True, False),
        ("other", True, False),
    ],
)
def test_a_saved_card_pays_without_its_cvv_where_network_and_gateway_allow_it(
    network, reported, without
):
    assert pays_without_cvv(network, reported=reported) is without
