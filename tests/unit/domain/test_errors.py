"""Every error has a stable code of its own and says what it means."""

import re

import pytest

from payment_engine.domain.errors import AmountTooHigh, EngineError, NotFound, all_errors


def test_no_two_errors_share_a_code() -> None:
    codes = [error.code for error in all_errors()]
    assert len(codes) == len(set(codes)) > 20


@pytest.mark.parametrize("error", all_errors())
def test_every_error_has_a_code_a_status_a_title_and_a_meaning(error: type[EngineError]) -> None:
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", error.code)
    assert 400 <= error.status < 600
    assert error.title
    assert error.__doc__ != EngineError.__doc__


@pytest.mark.parametrize("error", all_errors())
def test_no_error_has_errors_of_its_own_beneath_it(error: type[EngineError]) -> None:
    assert error.__subclasses__() == []


@pytest.mark.parametrize("error", [e for e in all_errors() if e.retryable])
def test_only_what_may_pass_by_itself_is_retryable(error: type[EngineError]) -> None:
    assert error.status in (408, 409, 429, 500, 503)


def test_an_error_without_words_of_its_own_says_its_title() -> None:
    assert (NotFound().detail, str(NotFound())) == ("No such thing", "No such thing")


def test_an_error_carries_its_sentence_and_its_members() -> None:
    error = AmountTooHigh("only ₹5.00 is left", available=500)
    assert (error.detail, error.extra) == ("only ₹5.00 is left", {"available": 500})
