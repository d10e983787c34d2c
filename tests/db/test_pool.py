"""The pool: fair, bounded, without a statement of its own, and never with a soiled connection."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from payment_engine.db.pool import Pool, PoolExhausted
from tests.housekeeping import NAME


@pytest.fixture
async def small(database: str) -> AsyncIterator[Pool]:
    """Two connections, waited for shortly."""
    pool = Pool(lambda: asyncpg.connect(database), size=2, wait_seconds=0.2, most_waiting=3)
    yield pool
    await pool.close()


async def test_the_longest_waiter_gets_the_freed_connection_before_a_newcomer(small: Pool) -> None:
    one, _other = await small.acquire(), await small.acquire()
    order: list[int] = []

    async def wait(number: int) -> asyncpg.Connection:
        connection = await small.acquire()
        order.append(number)
        return connection

    tasks = [asyncio.create_task(wait(number)) for number in range(3)]
    await asyncio.sleep(0)
    await small.release(one)
    newcomer = asyncio.create_task(wait(99))
    await small.release(await tasks[0])
    await small.release(await tasks[1])
    await small.release(await tasks[2])
    await newcomer
    assert order == [0, 1, 2, 99]


async def test_waiting_is_bounded_in_time_and_in_number(small: Pool) -> None:
    await small.acquire(), await small.acquire()
    waiting = [asyncio.create_task(small.acquire()) for _ in range(3)]
    await asyncio.sleep(0)
    with pytest.raises(PoolExhausted, match="too many"):
        await small.acquire()
    failures = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(failure) for failure in failures] == [PoolExhausted] * 3
    assert small.waiting == 0


async def test_a_connection_returned_inside_a_transaction_is_closed(small: Pool) -> None:
    soiled = await small.acquire()
    await soiled.execute("BEGIN")
    await small.release(soiled)
    assert soiled.is_closed()
    assert (await small.fetch("SELECT 1"))[0][0] == 1


async def test_a_connection_with_settings_of_its_own_is_closed(small: Pool) -> None:
    soiled = await small.acquire()
    await soiled.execute("SET timezone = 'Asia/Kolkata'")
    await small.release(soiled)
    assert soiled.is_closed()


async def test_a_waiter_takes_the_place_of_a_connection_that_was_closed(small: Pool) -> None:
    one, _other = await small.acquire(), await small.acquire()
    waiting = asyncio.create_task(small.acquire())
    await asyncio.sleep(0)
    await one.execute("BEGIN")
    await small.release(one)
    fresh = await waiting
    assert fresh is not one
    assert await fresh.fetchval("SELECT 2") == 2


async def test_who_leaves_just_as_a_connection_is_handed_over_passes_it_on(small: Pool) -> None:
    one, other = await small.acquire(), await small.acquire()
    leaving, staying = (asyncio.create_task(small.acquire()) for _ in range(2))
    await asyncio.sleep(0)
    await small.release(one)
    leaving.cancel()
    assert await staying is one
    await small.release(one)
    await small.release(other)
    assert small.in_use == 0


async def test_a_use_costs_one_statement_and_no_reset(database: str, small: Pool) -> None:
    watcher = await asyncpg.connect(database)
    await small.fetch("SELECT 3")
    rows = await watcher.fetch(
        "SELECT query FROM pg_stat_activity WHERE datname = current_database() "
        "AND pid <> pg_backend_pid() AND query <> '' AND application_name <> $1",
        NAME,
    )
    await watcher.close()
    assert [row["query"] for row in rows] == ["SELECT 3"]


async def test_a_pool_that_is_closed_says_so(small: Pool) -> None:
    taken = await small.acquire()
    await small.close()
    await small.release(taken)
    assert taken.is_closed()
    with pytest.raises(asyncpg.InterfaceError, match="closed"):
        await small.acquire()
