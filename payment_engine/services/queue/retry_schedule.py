"""When to poll or retry next; schedules are offsets from a start, in seconds."""

from collections.abc import Sequence
from datetime import datetime, timedelta

_SOON, _LATEST = 30.0, 600.0
"""Seconds until what the gateway did not answer is repeated: a tenth of its age, within these."""
_LONGEST_RETRY_AFTER = 3600.0
_DAY = 86400.0
AFTER_UPI_EXPIRY = 60.0
"""Seconds from the expiry of a UPI attempt to its poll."""
SLOW_TAIL = 3600.0
"""Seconds after the start of a UPI attempt from which the usual schedule applies again."""


def next_check(schedule: Sequence[float], start: datetime, now: datetime) -> datetime | None:
    """The next moment of the schedule; None when it is over."""
    moments = (start + timedelta(seconds=offset) for offset in schedule)
    return next((moment for moment in moments if moment > now), None)


def next_after_failure(
    schedule: Sequence[float], start: datetime, now: datetime, retry_after: float | None
) -> datetime | None:
    """When to repeat a call that was not answered: soon, and no sooner than the gateway wants it.

    ``retry_after``: what it wants, in seconds. None a day after the end of the schedule.
    """
    age = (now - start).total_seconds()
    if age > schedule[-1] + _DAY:
        return None
    soon = min(max(_SOON, 0.1 * age), _LATEST)
    seconds = max(soon, min(retry_after or 0.0, _LONGEST_RETRY_AFTER))
    return now + timedelta(seconds=seconds)


def next_upi_check(
    schedule: Sequence[float], start: datetime, expires: datetime, now: datetime
) -> datetime | None:
    """The next poll of a UPI attempt: the schedule's first moment, one just after expiry, then the
    schedule from one hour on. NPCI allows at most three status checks within two hours (circular
    of 26 April 2025).
    """
    over = (expires - start).total_seconds() + AFTER_UPI_EXPIRY
    tail = (offset for offset in schedule if offset >= SLOW_TAIL)
    return next_check(sorted({*schedule[:1], over, *tail}), start, now)


def next_try(waits: Sequence[float], tries: int, now: datetime) -> datetime:
    """When to retry after ``tries`` failures; the last wait repeats."""
    return now + timedelta(seconds=waits[min(tries, len(waits)) - 1])
