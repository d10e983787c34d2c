"""Networks by prefix, token states, and what a typed card must fit (CRD-1, CRD-2, TOK-4)."""

from datetime import UTC, datetime
from itertools import product

import pytest

from payment_engine.domain.cards import (
    CardState,
    expiry_of,
    faults_in,
    may_become,
    network_named,
    network_of,
)

S = CardState
NOW = datetime(2026, 11, 23, tzinfo=UTC)
GOOD = {"number": "4242 4242 4242 4242", "expiry": "11/26", "cvv": "123", "name": "A. D'Souza"}


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
def test_rupay_is_asked_before_the_others_crd_1(digits, network):
    assert network_of(digits).name == network


@pytest.mark.parametrize("digits", ["601100", "", "x"])
def test_digits_that_hint_at_nothing_are_left_to_the_gateway(digits):
    assert network_of(digits) is None


@pytest.mark.parametrize(
    ("name", "network"),
    [("RUPAY", "rupay"), ("American Express", "amex"), ("MASTER", "mastercard"), ("Visa", "visa")],
)
def test_a_network_is_known_by_any_of_its_names(name, network):
    assert network_named(name).name == network


def test_a_name_nobody_knows_is_no_network():
    assert network_named("Sodexo") is None


def test_a_typed_card_that_fits_has_no_faults_crd_2():
    assert faults_in(**GOOD, now=NOW) == []


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
def test_each_fault_names_its_field_and_never_what_was_typed_crd_2(field, typed):
    faults = faults_in(**{**GOOD, field: typed}, now=NOW)

    assert [fault.field for fault in faults] == [field]
    assert typed not in faults[0].message


def test_an_unknown_network_has_a_three_digit_cvv_and_amex_four_crd_2():
    unknown = {**GOOD, "number": "6011000990139424"}
    amex = {**GOOD, "number": "378282246310005", "cvv": "1234", "name": None}

    assert faults_in(**unknown, now=NOW) == []
    assert faults_in(**amex, now=NOW) == []


def test_an_expiry_holds_to_the_end_of_its_month_in_india_crd_2():
    last_minute = datetime(2026, 11, 30, 18, 29, tzinfo=UTC)
    after = datetime(2026, 11, 30, 18, 30, tzinfo=UTC)

    assert faults_in(**GOOD, now=last_minute) == []
    assert [fault.field for fault in faults_in(**GOOD, now=after)] == ["expiry"]


def test_an_expiry_is_read_with_two_or_four_digits_crd_2():
    assert expiry_of("9/29") == expiry_of("09 / 2029") == (9, 2029)


@pytest.mark.parametrize("ended", [S.FAILED, S.DELETED])
def test_what_ended_never_comes_back_tok_4(ended):
    assert not any(may_become(ended, state) for state in S)


@pytest.mark.parametrize("end", [S.DEACTIVATED, S.EXPIRED])
def test_an_ended_token_can_only_be_deleted_tok_4(end):
    assert [state for state in S if may_become(end, state)] == [S.DELETE_PENDING]


def test_suspended_may_return_and_late_activation_of_a_deleted_one_may_not_tok_4():
    assert may_become(S.SUSPENDED, S.ACTIVE)
    assert not may_become(S.DELETE_PENDING, S.ACTIVE)


def test_nothing_becomes_what_it_is():
    assert not any(may_become(a, b) for a, b in product(S, S) if a is b)
