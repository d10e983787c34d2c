"""Days are counted in Indian time, whatever the server's time zone."""

from datetime import UTC, date, datetime, timedelta

import pytest

from payment_engine.domain.calendar import confirm_by, day_of, overdue_before


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_a_day_begins_at_midnight_in_india() -> None:
    assert day_of(utc("2026-11-22T18:29:59")) == date(2026, 11, 22)
    assert day_of(utc("2026-11-22T18:30:00")) == date(2026, 11, 23)


def test_a_final_status_is_due_when_the_fifth_day_after_the_payment_is_over() -> None:
    assert confirm_by(utc("2026-11-23T06:00:00")) == utc("2026-11-28T18:30:00")
    assert confirm_by(utc("2026-11-22T18:30:00")) == utc("2026-11-28T18:30:00")
    assert confirm_by(utc("2026-11-22T18:29:59")) == utc("2026-11-27T18:30:00")


@pytest.mark.parametrize("hours", range(0, 200, 7))
def test_overdue_before_agrees_with_confirm_by(hours: int) -> None:
    started = utc("2026-11-20T23:11:00")
    now = started + timedelta(hours=hours)
    assert (started < overdue_before(now)) == (now >= confirm_by(started))
