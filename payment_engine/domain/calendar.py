"""India's calendar, in which rules count their days (MNY-8)."""

from datetime import UTC, date, datetime, time, timedelta, timezone

IST = timezone(timedelta(hours=5, minutes=30))

CONFIRM_WITHIN = timedelta(days=5)
"""T+5: from then on a debit without a verdict costs us 100 rupees a day (RBI; RFD-11)."""


def day_of(at: datetime) -> date:
    """The day in India."""
    return at.astimezone(IST).date()


def confirm_by(started: datetime) -> datetime:
    """When the last day is over that an attempt may stay without a verdict, in UTC (RFD-11)."""
    return _midnight(day_of(started) + CONFIRM_WITHIN + timedelta(days=1))


def overdue_before(now: datetime) -> datetime:
    """What started before this and has no verdict is overdue, in UTC (RFD-11)."""
    return _midnight(day_of(now) - CONFIRM_WITHIN)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), IST).astimezone(UTC)
