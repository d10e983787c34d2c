"""Every error has its own stable code, a status, a title and a description."""

import re

import pytest

from payment_engine.domain.errors import AmountTooHigh, EngineError, NotFound, all_errors


def test_no_two_errors_share_a_code() -> None:
    codes = [error.code for error in all_errors()]
    assert len(codes) == len(set(codes)) > 20


@pytest.mark.parametrize("error", all_errors())
def test_every_error_has_a_code_a_status_a_title_and_a_docstring(error: type[EngineError]) -> None:
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", error.code)
    assert 400 <= error.status < 600
    assert error.title
    assert error.__doc__ != EngineError.__doc__


@pytest.mark.parametrize("error", all_errors())
def test_no_error_has_subclasses(error: type[EngineError]) -> None:
    assert error.__subclasses__() == []


@pytest.mark.parametrize("error", [e for e in all_errors() if e.retryable])
def test_only_temporary_errors_are_retryable(error: type[EngineError]) -> None:
    assert error.status in (408, 409, 429, 500, 503)


def test_the_detail_defaults_to_the_title() -> None:
    assert (NotFound().detail, str(NotFound())) == ("Not found", "Not found")


def test_an_error_carries_a_detail_and_extra_members() -> None:
    error = AmountTooHigh("only ₹5.00 is left", available=500)
    assert (error.detail, error.extra) == ("only ₹5.00 is left", {"available": 500})
