"""Reading the gauges for a scrape: at most every few seconds, and never for long."""

import asyncio
from math import inf

import pytest

from payment_engine.db.signals import SignalRow
from payment_engine.signals import FRESH, Signals
from tests.seconds import Seconds


class Table:
    """Rows that are counted each time they are read; an error, or None for ever, on request."""

    def __init__(self) -> None:
        self.reads = 0
        self.error: Exception | None = None
        self.hangs = False

    async def read(self) -> list[SignalRow]:
        self.reads += 1
        if self.hangs:
            await asyncio.Event().wait()
        if self.error:
            raise self.error
        return [SignalRow("overdue_attempts", (), self.reads)]


def value(signals: Signals, name: str) -> float:
    families = {family.name: family for family in signals.families({}, _OWN)}
    return float(families[f"payment_engine_{name}"].samples[0].value)


_OWN = {
    name: {(): 0.0}
    for name in ("spool_bytes", "spool_size_bytes", "mongodb_reached", "clock_offset_seconds")
} | {
    name: {}
    for name in (
        *("pool_connections", "pool_size", "pool_waiting", "build_info"),
        *("replica_lag_seconds", "replica_lag_most_seconds", "broker_reached"),
    )
}


@pytest.fixture
def table() -> Table:
    return Table()


@pytest.fixture
def seconds() -> Seconds:
    return Seconds(0.0)


@pytest.fixture
def signals(table: Table, seconds: Seconds) -> Signals:
    return Signals(table.read, monotonic=seconds)


async def test_scrapes_close_together_read_once(
    signals: Signals, table: Table, seconds: Seconds
) -> None:
    await asyncio.gather(*(signals.refresh() for _ in range(20)))
    seconds.now = FRESH - 0.1
    await signals.refresh()
    assert (table.reads, value(signals, "overdue_attempts")) == (1, 1)
    seconds.now = FRESH
    await signals.refresh()
    assert (table.reads, value(signals, "overdue_attempts")) == (2, 2)


async def test_gauges_that_were_never_read_are_zero_and_infinitely_old(signals: Signals) -> None:
    assert value(signals, "overdue_attempts") == 0
    assert value(signals, "signals_age_seconds") == inf


async def test_a_database_that_is_away_leaves_the_last_values_and_their_age(
    signals: Signals, table: Table, seconds: Seconds
) -> None:
    await signals.refresh()
    table.error = ConnectionRefusedError()
    seconds.now = 70.0
    await signals.refresh()
    assert value(signals, "overdue_attempts") == 1
    assert value(signals, "signals_age_seconds") == 70


async def test_a_database_that_hangs_delays_a_scrape_by_a_second_and_is_read_by_one(
    signals: Signals, table: Table
) -> None:
    table.hangs = True
    async with asyncio.timeout(10):
        await signals.refresh()
        await signals.refresh()
    assert table.reads == 1
    await signals.close()


async def test_signals_that_were_never_read_are_closed(signals: Signals) -> None:
    await signals.close()
