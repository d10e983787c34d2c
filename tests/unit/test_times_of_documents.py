"""How documents write a time."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payment_engine.services.documents.base import format_time

INDIA = timezone(timedelta(hours=5, minutes=30))


@pytest.mark.parametrize(
    ("at", "written"),
    [
        (datetime(2026, 11, 28, 9, 5, 7, 123999, UTC), "2026-11-28T09:05:07.123Z"),
        (datetime(2026, 11, 28, 9, 5, 7, 0, UTC), "2026-11-28T09:05:07.000Z"),
        (datetime(2026, 11, 28, 2, 5, 7, 5000, INDIA), "2026-11-27T20:35:07.005Z"),
        (datetime(1, 1, 1, tzinfo=UTC), "0001-01-01T00:00:00.000Z"),
        (None, None),
    ],
)
def test_a_time_is_in_utc_with_milliseconds(at, written):
    assert format_time(at) == written


@given(st.datetimes(timezones=st.just(UTC)))
def test_every_time_is_written_as_python_writes_it(at):
    assert format_time(at) == at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
