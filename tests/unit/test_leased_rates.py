"""Rates whose windows processes share by leasing parts of them ahead, off the requests' path."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from structlog.testing import capture_logs

from payment_engine.critical import Critical
from payment_engine.leased_rates import Lease, LeasedRates, Usage, Window

COUNTED, NOT_YET, USED_UP = Usage.COUNTED, Usage.NOT_YET, Usage.USED_UP
UNTIL = datetime(2026, 1, 5, 11, tzinfo=UTC)


def window(most: int = 20, name: str = "a") -> Window:
    return Window(id=name, until=UNTIL, most=most, name=name)


class Database:
    """The rows that processes share; it may be slow, or away."""

    def __init__(self) -> None:
        self.rows: dict[str, int] = {}
        self.statements: list[int] = []
        self.away = False
        self.slow = asyncio.Event()
        self.slow.set()

    async def lease(self, leases: Mapping[str, Lease]) -> Mapping[str, int]:
        await self.slow.wait()
        self.statements.append(len(leases))
        if self.away:
            raise ConnectionError
        for name, lease in leases.items():
            self.rows[name] = self.rows.get(name, 0) + lease.uses
        return {name: self.rows[name] for name in leases}


class Process:
    """One process that uses a rate, and waits for its leases where a test says so."""

    def __init__(self, database: Database, **bounds: Any) -> None:
        self.critical, self.now = Critical(), 0.0
        self.rates = LeasedRates(
            database.lease, self.critical.spawn, clock=lambda: self.now, **bounds
        )

    def use(self, each: Window, times: int = 1) -> list[Usage]:
        return [self.rates.use(each) for _ in range(times)]

    async def leased(self) -> None:
        await self.critical.drain(5)

    async def use_slowly(self, each: Window, times: int) -> int:
        """Uses with a lease between them; how many counted."""
        counted = 0
        for _ in range(times):
            counted += self.rates.use(each) is COUNTED
            await self.leased()
        return counted


@pytest.fixture
def database() -> Database:
    return Database()


async def test_one_process_uses_as_much_as_the_rate_allows(database: Database) -> None:
    process = Process(database)
    assert await process.use_slowly(window(20), 30) == 20
    assert process.use(window(20)) == [USED_UP]
    assert await process.use_slowly(window(20, "another"), 1) == 1


@pytest.mark.parametrize("most", [1, 2, 7, 20, 100])
async def test_two_processes_together_use_no_more_and_hardly_less(
    database: Database, most: int
) -> None:
    processes = [Process(database) for _ in range(2)]
    counted = 0
    for _ in range(2 * most):
        for process in processes:
            counted += await process.use_slowly(window(most), 1)
    assert most - 2 * max(1, most // 10) <= counted <= most + 1


async def test_a_process_alone_gets_what_another_has_left(database: Database) -> None:
    first, second = Process(database), Process(database)
    assert await first.use_slowly(window(100), 30) == 30
    assert 55 <= await second.use_slowly(window(100), 100) <= 70


async def test_a_lease_is_one_statement_for_all_windows_and_for_many_uses(
    database: Database,
) -> None:
    process = Process(database)
    for name in ("a", "b", "c"):
        process.use(window(100, name))
    await process.leased()
    assert database.statements == [3]
    process.use(window(100), 4)
    await process.leased()
    assert database.statements == [3]
    assert database.rows["a"] == 11


async def test_no_use_waits_for_a_lease_and_few_are_lent_meanwhile(database: Database) -> None:
    process = Process(database)
    database.slow.clear()
    assert process.use(window(20), 7) == [COUNTED] * 5 + [NOT_YET] * 2
    assert process.use(window(200, "b"), 21) == [COUNTED] * 20 + [NOT_YET]
    database.slow.set()
    await process.leased()
    assert process.use(window(20)) == [COUNTED]
    assert await process.use_slowly(window(20), 30) == 14


async def test_what_was_lent_is_repaid_by_the_lease(database: Database) -> None:
    process = Process(database)
    process.use(window(20), 5)
    await process.leased()
    assert database.rows["a"] == 7


async def test_while_the_database_is_away_each_process_bounds_itself(database: Database) -> None:
    database.away = True
    processes = [Process(database) for _ in range(2)]
    with capture_logs() as logs:
        counted = [await each.use_slowly(window(20), 50) for each in processes]
    assert counted == [20, 20]
    assert [each["event"] for each in logs] == ["rates_not_shared"] * 2
    assert len(database.statements) == 2


async def test_a_process_tries_again_and_pays_what_it_used_alone(database: Database) -> None:
    process, other = Process(database), Process(database)
    database.away = True
    assert await process.use_slowly(window(20), 12) == 12
    database.away = False
    assert process.use(window(20)) == [COUNTED]
    await process.leased()
    assert database.rows == {}
    process.now += 5
    with capture_logs() as logs:
        assert await process.use_slowly(window(20), 1) == 1
    assert [each["event"] for each in logs] == ["rates_shared_again"]
    assert database.rows["a"] == 16
    assert await other.use_slowly(window(20), 20) <= 5


async def test_a_lease_that_hangs_counts_as_failed(database: Database) -> None:
    process = Process(database, lease_seconds=0.01)
    database.slow.clear()
    process.use(window(20), 5)
    await process.leased()
    assert process.use(window(20), 20) == [COUNTED] * 15 + [USED_UP] * 5


async def test_windows_that_nobody_uses_any_longer_are_forgotten(database: Database) -> None:
    process = Process(database, most_windows=3)
    for name in "abcdef":
        await process.use_slowly(window(20, name), 1)
    assert len(process.rates._shares) == 3
