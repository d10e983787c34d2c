"""When a pending charge is polled, from its start to the last check."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from payment_engine.services.queue.retry_schedule import next_check, next_upi_check
from payment_engine.settings import Settings

START = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
SCHEDULE = Settings.model_fields["check_schedule"].default


def all_checks(next_after: Callable[[datetime], datetime | None]) -> list[timedelta]:
    """Every check, as time since the start."""
    checks, now = [], START
    while (now := next_after(now)) is not None:
        checks.append(now - START)
    return checks


def test_a_pending_charge_is_polled_for_three_days() -> None:
    checks = all_checks(lambda now: next_check(SCHEDULE, START, now))
    assert checks[-1] == timedelta(hours=72)
    assert {timedelta(hours=hours) for hours in (6, 12, 24, 48)} < set(checks)


def test_a_pending_upi_charge_is_polled_at_most_three_times_in_two_hours() -> None:
    expires = START + timedelta(minutes=8)
    checks = all_checks(lambda now: next_upi_check(SCHEDULE, START, expires, now))
    assert checks[-1] == timedelta(hours=72)
    assert len([at for at in checks if at <= timedelta(hours=2)]) == 3
    assert checks[1] == timedelta(minutes=9)
