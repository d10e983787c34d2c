"""What a process knows of paused jobs: at most a second old, and over when its time is."""

from datetime import UTC, datetime, timedelta

from payment_engine.pauses import JobPauses

NOW = datetime(2026, 11, 1, tzinfo=UTC)


def test_a_pause_is_over_when_its_time_is() -> None:
    pauses = JobPauses()
    pauses.update({"refund": NOW + timedelta(seconds=5)})
    assert pauses.paused_until("refund", NOW) == NOW + timedelta(seconds=5)
    assert pauses.paused_until("refund", NOW + timedelta(seconds=5)) is None
    assert pauses.paused_until("capture", NOW) is None


def test_what_is_known_is_read_again_after_a_second() -> None:
    clock = iter((0.0, 0.5, 1.5))
    pauses = JobPauses(lambda: next(clock))
    assert pauses.stale()
    pauses.update({})
    assert not pauses.stale()
    assert pauses.stale()
