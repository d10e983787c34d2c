"""UPI IDs: only what cannot be one is refused, with a reason that says what to correct."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payment_engine.domain.upi_vpa import REASONS, NotAVpa, parse_vpa

ACCEPTED = [
    "rahul.sharma@okicici",
    "9876543210-2@axl",
    "a_b@okaxis",
    "ab@upi",
    "a@upi",
    "x@s2b",
    "9876543210@ybl",
    "first_@ybl",
    "somebody@newhandle2027",
    "a" * 250 + "@ybl",
]
REFUSED = {
    "": "missing",
    "   ": "missing",
    "9876543210": "phone_number",
    "+91 98765 43210": "phone_number",
    "name": "missing_at",
    "12345": "missing_at",
    "name@@ybl": "two_ats",
    "a@b@ybl": "two_ats",
    "name@ok hdfc": "space_inside",
    "na me@ybl": "space_inside",
    "name@gmail.com": "looks_like_email",
    "@ybl": "missing_name",
    "name@": "missing_handle",
    "na+me@ybl": "bad_character",
    "नाम@ybl": "bad_character",
    "na\u200bme@ybl": "bad_character",
    "abc.@ybl": "bad_ends",
    ".abc@ybl": "bad_ends",
    "abc-@ybl": "bad_ends",
    "name@1bank": "bad_handle",
    "name@y": "bad_handle",
    "name@ok-hdfc": "bad_handle",
    "name@" + "y" * 65: "bad_handle",
    "a" * 252 + "@ybl": "too_long",
}


@pytest.mark.parametrize("text", ACCEPTED)
def test_what_could_be_a_upi_id_is_accepted(text: str) -> None:
    assert parse_vpa(text).text == text


@pytest.mark.parametrize(("text", "reason"), REFUSED.items())
def test_what_cannot_be_a_upi_id_is_refused_with_a_reason(text: str, reason: str) -> None:
    with pytest.raises(NotAVpa) as refused:
        parse_vpa(text)
    assert refused.value.reason == reason
    assert str(refused.value) == REASONS[reason]


def test_every_reason_is_covered() -> None:
    assert set(REFUSED.values()) == set(REASONS)


def test_a_upi_id_has_one_normal_form_however_it_is_typed() -> None:
    typed = (" Asha@OKSBI ", "asha\uff20oksbi", "\uff41sha@oksbi", "asha@oksbi\n")
    assert {parse_vpa(text).text for text in typed} == {"asha@oksbi"}


def normal_form(text: str) -> str:
    """The normal form of a UPI ID, or the reason why the text is not one."""
    try:
        return parse_vpa(text).text
    except NotAVpa as refused:
        return refused.reason


@given(st.text(max_size=300))
def test_any_text_is_parsed_or_refused_and_parsing_again_changes_nothing(text: str) -> None:
    found = normal_form(text)
    assert found in REASONS or normal_form(found) == found


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("rahul.sharma@okicici", "ra***@okicici"),
        ("9876543210@ybl", "98******10@ybl"),
        ("abc@ybl", "a***@ybl"),
        ("a@upi", "a***@upi"),
    ],
)
def test_a_masked_upi_id_shows_only_what_its_owner_needs(text: str, masked: str) -> None:
    assert parse_vpa(text).masked == masked
    assert repr(parse_vpa(text)) == f"Vpa({masked})"


def test_a_handle_hints_at_its_app_and_at_a_typing_error() -> None:
    assert parse_vpa("asha@oksbi").app == "gpay"
    assert parse_vpa("asha@sbi").app is None
    assert parse_vpa("asha@okhdfc").did_you_mean == "okhdfcbank"
    assert parse_vpa("asha@okicicii").did_you_mean == "okicici"
    assert parse_vpa("asha@oksbi").did_you_mean is None
    assert parse_vpa("asha@brandnewpsp").did_you_mean is None
