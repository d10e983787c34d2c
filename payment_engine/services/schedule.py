"""When to ask again: a schedule of offsets from a start, in seconds."""

from collections.abc import Sequence
from datetime import datetime, timedelta


def next_check(schedule: Sequence[float], start: datetime, now: datetime) -> datetime | None:
    """The first moment of the schedule still to come, or None when it is over."""
    moments = (start + timedelta(seconds=offset) for offset in schedule)
    return next((moment for moment in moments if moment > now), None)


def next_try(waits: Sequence[float], tries: int, now: datetime) -> datetime:
    """When to try again after ``tries`` failures; the last wait repeats."""
    return now + timedelta(seconds=waits[min(tries, len(waits)) - 1])
