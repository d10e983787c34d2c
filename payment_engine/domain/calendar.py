"""Days in India: RBI counts T+n in calendar days, Indian time."""

from datetime import UTC, date, datetime, time, timedelta, timezone

IST = timezone(timedelta(hours=5, minutes=30))

CONFIRM_WITHIN = timedelta(days=5)
"""T+5: after that, RBI makes us pay the customer ₹100 a day for a debit that is neither
confirmed nor returned (circular DPSS.CO.PD No.629 of 20 September 2019)."""


def day_of(at: datetime) -> date:
    """The calendar day in India at this moment."""
    return at.astimezone(IST).date()


def confirm_by(started: datetime) -> datetime:
    """The deadline for a final status: midnight in India after day T+5, in UTC."""
    return _midnight(day_of(started) + CONFIRM_WITHIN + timedelta(days=1))


def overdue_before(now: datetime) -> datetime:
    """Attempts started before this moment (UTC) without a final status are past their deadline."""
    return _midnight(day_of(now) - CONFIRM_WITHIN)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), IST).astimezone(UTC)
