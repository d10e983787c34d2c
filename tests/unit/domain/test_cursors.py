"""Cursors: what one list gave out is read by it again, and anything else is refused."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from pydantic import ValidationError
from pydantic_core import PydanticCustomError

from payment_engine.domain.requests.cursors import MessageCursor, PaymentCursor
from payment_engine.domain.requests.messages import EventsQuery, RedeliverIn
from payment_engine.domain.requests.payments import PaymentsQuery

MESSAGE = MessageCursor(transaction_id=2**40, payment_id="pay_1", sequence=7)
PAYMENT = PaymentCursor(
    created_at=datetime(2026, 11, 26, 19, 26, 10, 44, tzinfo=UTC), payment_id="pay_1"
)


def encoded(text: str) -> str:
    """A cursor of this text, as a stranger could make one."""
    return str(MessageCursor(transaction_id=0, payment_id=text, sequence=0))


def test_a_cursor_is_read_again_as_it_was_written() -> None:
    assert MessageCursor.parse(str(MESSAGE)) == MESSAGE
    assert PaymentCursor.parse(str(PAYMENT)) == PAYMENT
    ist = timezone(timedelta(hours=5, minutes=30))
    local = PaymentCursor(created_at=PAYMENT.created_at.astimezone(ist), payment_id="pay_1")
    assert str(local) == str(PAYMENT)


@pytest.mark.parametrize(
    "text", [None, 1, "", "x", "é", "a" * 121, "MSAy", "MSBwYXkgLTE", "_w", encoded("a\x00b")]
)
def test_anything_else_is_no_cursor(text: object) -> None:
    for kind in (MessageCursor, PaymentCursor):
        with pytest.raises(PydanticCustomError, match="cursor"):
            kind.parse(text)


@pytest.mark.parametrize("number", ["-1", "x", "²", str(2**63), "9" * 30])
def test_a_number_that_no_row_can_have_is_refused(number: str) -> None:
    odd = MessageCursor(transaction_id=number, payment_id="p", sequence=0)  # type: ignore[arg-type]
    with pytest.raises(PydanticCustomError):
        MessageCursor.parse(str(odd))


@pytest.mark.parametrize("at", ["2026-11-26T19:26:10", "yesterday", "2026-13-01T00:00:00+00:00"])
def test_a_time_without_an_offset_is_refused(at: str) -> None:
    odd = MessageCursor(transaction_id=at, payment_id="p", sequence=0)  # type: ignore[arg-type]
    with pytest.raises(PydanticCustomError):
        PaymentCursor.parse(str(odd))


def test_a_page_of_messages_begins_after_its_cursor() -> None:
    query = EventsQuery.model_validate_strings({"after": str(MESSAGE), "limit": "5"})
    assert (query.after, query.limit, query.state) == (MESSAGE, 5, None)


@pytest.mark.parametrize("before", ["2026-11-26T00:00:00Z", "2026-11-25T23:59:59Z"])
def test_messages_are_sent_again_for_times_in_their_order(before: str) -> None:
    given = {"created_after": "2026-11-26T00:00:00Z", "created_before": before}
    with pytest.raises(ValidationError, match="later than created_after"):
        RedeliverIn.model_validate(given)
    assert RedeliverIn.model_validate({**given, "created_before": "2026-11-26T00:00:01Z"})


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+05:30", "9999-12-31T23:59:59-05:30", "1795"])
def test_a_time_that_no_calendar_has_is_refused(text: str) -> None:
    with pytest.raises(ValidationError, match="time"):
        PaymentsQuery.model_validate_strings({"created_after": text})


def test_a_time_in_python_is_taken_as_it_is() -> None:
    assert PaymentsQuery(created_after=PAYMENT.created_at).created_after == PAYMENT.created_at


@pytest.mark.parametrize("name", ["status", "created_after", "created_before", "after"])
def test_all_payments_of_an_order_are_listed_or_a_page_of_others(name: str) -> None:
    values = {"status": "paid", "after": str(PAYMENT)}
    given = {"order_id": "PO1", name: values.get(name, "2026-11-26T00:00:00Z")}
    with pytest.raises(ValidationError, match="cannot be combined with order_id"):
        PaymentsQuery.model_validate_strings(given)
