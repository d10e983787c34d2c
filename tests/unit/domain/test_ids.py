"""Identifiers: short enough for every gateway, sorted by time, unique."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payment_engine.domain.ids import (
    as_written,
    first_id,
    gateway_ref,
    is_gateway_ref,
    is_id,
    new_id,
)

moments = st.integers(0, 2**48 - 1)


@given(moments)
def test_the_body_has_twenty_characters_that_every_gateway_accepts(now_ms: int) -> None:
    assert re.fullmatch(r"att_[0-9a-z]{20}", new_id("att", now_ms))


@given(moments, moments)
def test_identifiers_sort_by_time(one: int, other: int) -> None:
    earlier, later = sorted((one, other))
    if earlier < later:
        assert new_id("pay", earlier) < new_id("pay", later)


@given(st.integers(60_000, 2**44))
def test_identifiers_of_a_time_and_later_are_found_from_the_first_one_on(now_ms: int) -> None:
    at = datetime.fromtimestamp(now_ms / 1000, UTC)
    first = first_id("pay", at)
    assert new_id("pay", now_ms - 60_000) < first < new_id("pay", now_ms - 8_000)


def test_the_first_identifier_of_all_is_before_any_time() -> None:
    before = datetime.fromtimestamp(0, UTC) - timedelta(days=1)
    assert first_id("pay", before) == "pay_" + 20 * "0"


@given(moments)
def test_no_letter_looks_like_a_digit(now_ms: int) -> None:
    assert not set(gateway_ref(new_id("pay", now_ms))) & set("ilou")


def test_identifiers_of_one_millisecond_are_all_different() -> None:
    assert len({new_id("att", 1_795_000_000_000) for _ in range(100_000)}) == 100_000


def test_a_gateway_sees_only_the_body() -> None:
    assert gateway_ref("att_01kb3v9x7q2n8d4m5r6t") == "01kb3v9x7q2n8d4m5r6t"


def test_a_time_beyond_48_bits_still_gives_an_identifier() -> None:
    assert len(new_id("rfd", 2**48 + 7)) == len("rfd_") + 20


@given(moments)
def test_our_own_identifiers_are_well_formed(now_ms: int) -> None:
    made = new_id("rfd", now_ms)
    assert is_id("rfd", made)
    assert is_gateway_ref(gateway_ref(made))
    assert not is_id("pay", made)


@pytest.mark.parametrize(
    "text", ["", "rfd_", "x", "rfd_0123", "rfd_" + "0" * 21, "rfd_" + "u" * 20]
)
def test_a_malformed_identifier_is_recognised(text: str) -> None:
    assert not is_id("rfd", text)
    assert not is_gateway_ref(text)


def test_a_reference_of_ours_is_lower_case_and_any_other_as_it_was_written() -> None:
    assert as_written("01K0M9V7C2Q4W8Z6X3Y5") == "01k0m9v7c2q4w8z6x3y5"
    assert as_written("DASH_1") == "DASH_1"
