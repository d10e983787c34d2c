"""Money is whole paise; rupee strings are parsed strictly and written exactly."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payment_engine.domain.money import MAX_AMOUNT, Paise, display, from_rupees, to_rupees

MINUS = "\N{MINUS SIGN}"
amounts = st.integers(0, MAX_AMOUNT).map(Paise)


@given(amounts)
def test_paise_survive_the_round_trip_through_rupees(amount: Paise) -> None:
    assert from_rupees(to_rupees(amount)) == amount


@given(amounts)
def test_rupees_always_have_two_decimals(amount: Paise) -> None:
    assert re.fullmatch(r"[0-9]+\.[0-9]{2}", to_rupees(amount))


@pytest.mark.parametrize(
    ("text", "paise"),
    [("0", 0), ("1164", 116400), ("1164.0", 116400), ("199.5", 19950), ("0.01", 1), ("0.00", 0)],
)
def test_rupees_are_read_with_up_to_two_decimals(text: str, paise: int) -> None:
    assert from_rupees(text) == paise


REFUSED = [
    "1.005",
    "1e2",
    "1E2",
    "+1",
    "-1",
    "-0.01",
    " 1",
    "1 ",
    "1 000",
    "1,164.00",
    "1.00\n",
    "\t1",
    "\u0967.00",
    "\uff11",
    "1.\u0660",
    "NaN",
    "Infinity",
    "inf",
    "",
    ".",
    ".5",
    "1.",
    "01",
    "00",
    "1.0.0",
    "0x10",
    "1_000",
    "₹1",
    "12345678901234",
]


@pytest.mark.parametrize("text", REFUSED)
def test_anything_but_plain_digits_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not an amount in rupees"):
        from_rupees(text)


@given(st.text())
def test_what_is_parsed_is_written_as_the_same_amount(text: str) -> None:
    try:
        amount = from_rupees(text)
    except ValueError:
        return
    whole, _, part = text.partition(".")
    assert to_rupees(amount) == f"{whole}.{part:0<2}"


def test_a_refund_in_rupees_carries_its_sign() -> None:
    assert to_rupees(Paise(-6620)) == "-66.20"
    assert to_rupees(Paise(-5)) == "-0.05"


@pytest.mark.parametrize(
    ("paise", "text"),
    [
        (0, "₹0.00"),
        (99900, "₹999.00"),
        (100000, "₹1,000.00"),
        (116400, "₹1,164.00"),
        (9999999, "₹99,999.99"),
        (10000000, "₹1,00,000.00"),
        (12345678, "₹1,23,456.78"),
        (100000000, "₹10,00,000.00"),
        (MAX_AMOUNT, "₹10,00,00,000.00"),
        (-6620, "\N{MINUS SIGN}₹66.20"),
        (-12345678, "\N{MINUS SIGN}₹1,23,456.78"),
    ],
)
def test_people_see_indian_digit_grouping(paise: int, text: str) -> None:
    assert display(Paise(paise)) == text


@given(st.integers(-MAX_AMOUNT * 100, MAX_AMOUNT * 100).map(Paise))
def test_grouping_agrees_with_a_reference(amount: Paise) -> None:
    rupees, paise = f"{abs(amount):03}"[:-2], f"{abs(amount):03}"[-2:]
    grouped = re.sub(r"(?<=\d)(?=(?:\d\d)*\d{3}$)", ",", rupees)
    assert display(amount) == f"{MINUS if amount < 0 else ''}₹{grouped}.{paise}"
