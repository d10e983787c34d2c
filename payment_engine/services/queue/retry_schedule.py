"""When to ask again: a schedule of offsets from a start, in seconds."""

from collections.abc import Sequence
from datetime import datetime, timedelta

AFTER_UPI_EXPIRY = 60.0
"""Seconds after a UPI attempt's time is over until it is asked about (UPI-11)."""
SLOW_TAIL = 3600.0
"""Seconds after its start from which a UPI attempt is asked about as scheduled again."""


def next_check(schedule: Sequence[float], start: datetime, now: datetime) -> datetime | None:
    """The first moment of the schedule still to come, or None when it is over."""
    moments = (start + timedelta(seconds=offset) for offset in schedule)
    return next((moment for moment in moments if moment > now), None)


def next_upi_check(
    schedule: Sequence[float], start: datetime, expires: datetime, now: datetime
) -> datetime | None:
    """The same for a UPI attempt: the first moment, one soon after its time is over, and the slow
    tail. Gateways pass on that UPI is asked three times within two hours at most (UPI-11, UPI-12).
    """
    over = (expires - start).total_seconds() + AFTER_UPI_EXPIRY
    tail = (offset for offset in schedule if offset >= SLOW_TAIL)
    return next_check(sorted({*schedule[:1], over, *tail}), start, now)


def next_try(waits: Sequence[float], tries: int, now: datetime) -> datetime:
    """When to try again after ``tries`` failures; the last wait repeats."""
    return now + timedelta(seconds=waits[min(tries, len(waits)) - 1])
