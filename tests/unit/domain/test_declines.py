"""A decline tells the customer what happened and what to do, without blame or jargon."""

import pytest

from payment_engine.domain.declines import DECLINES, Decline, decline


@pytest.mark.parametrize("code", DECLINES)
def test_every_decline_is_found_under_its_code(code: str) -> None:
    assert decline(code) == (code, DECLINES[code])


@pytest.mark.parametrize("code", [None, "", "U69", "INSUFFICIENT_FUNDS"])
def test_a_code_we_do_not_know_is_told_as_other(code: str | None) -> None:
    assert decline(code) == ("other", DECLINES["other"])


@pytest.mark.parametrize("known", DECLINES.values())
def test_every_decline_ends_its_sentences(known: Decline) -> None:
    assert known.message.endswith(".")
    assert known.message.isprintable()
