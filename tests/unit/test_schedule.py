"""When a pending charge is asked about again, from its start to the end of the slow tail."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from payment_engine.services.queue.retry_schedule import next_check, next_upi_check
from payment_engine.settings import Settings

START = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
SCHEDULE = Settings.model_fields["check_schedule"].default


def walked(following: Callable[[datetime], datetime | None]) -> list[timedelta]:
    """Every check from the start on, as long as there is another."""
    moments, now = [], START
    while (now := following(now)) is not None:
        moments.append(now - START)
    return moments


def test_a_pending_charge_is_polled_for_three_days() -> None:
    checks = walked(lambda now: next_check(SCHEDULE, START, now))
    assert checks[-1] == timedelta(hours=72)
    assert {timedelta(hours=hours) for hours in (6, 12, 24, 48)} < set(checks)


def test_a_pending_upi_charge_is_polled_at_most_three_times_in_two_hours() -> None:
    expires = START + timedelta(minutes=8)
    checks = walked(lambda now: next_upi_check(SCHEDULE, START, expires, now))
    assert checks[-1] == timedelta(hours=72)
    assert len([at for at in checks if at <= timedelta(hours=2)]) == 3
    assert checks[1] == timedelta(minutes=9)
