"""Requests that wait for a payment of another version, without a database."""

import asyncio
from collections.abc import Collection

from payment_engine.waiters import Waiters


class Versions:
    """What other processes made of the payments; counts how often it is read."""

    def __init__(self, **versions: int) -> None:
        self.versions = versions
        self.reads = 0
        self.error: Exception | None = None

    async def read(self, payment_ids: Collection[str]) -> dict[str, int]:
        self.reads += 1
        if self.error:
            raise self.error
        return {each: self.versions[each] for each in payment_ids if each in self.versions}


def waiters_of(versions: Versions, *, limit: int = 2000) -> Waiters:
    return Waiters(versions.read, asyncio.create_task, limit=limit)


async def test_a_change_of_this_process_wakes_who_waits_for_that_payment() -> None:
    waiters = waiters_of(Versions())
    first, other = (asyncio.create_task(waiters.wait(each, 1, 9)) for each in ("pay_1", "pay_2"))
    await asyncio.sleep(0)
    waiters.wake("pay_1", 1)
    waiters.wake("pay_1", 2)
    await asyncio.wait_for(first, 5)
    assert (len(waiters), other.done()) == (1, False)
    waiters.stop()
    await other


async def test_a_change_of_another_process_is_noticed_by_one_poll_for_all() -> None:
    versions = Versions(pay_1=2)
    waiters = waiters_of(versions)
    await asyncio.wait_for(asyncio.gather(*(waiters.wait("pay_1", 1, 9) for _ in range(50))), 5)
    assert versions.reads == 1


async def test_the_poll_lives_on_while_the_database_is_away() -> None:
    versions = Versions(pay_1=2)
    versions.error = ConnectionError("away")
    waiters = waiters_of(versions)
    waiting = asyncio.create_task(waiters.wait("pay_1", 1, 9))
    await asyncio.sleep(0.05)
    assert not waiting.done()
    versions.error = None
    await asyncio.wait_for(waiting, 5)


async def test_waiting_ends_with_its_time_and_leaves_nothing_behind() -> None:
    waiters = waiters_of(Versions(pay_1=1))
    await asyncio.wait_for(waiters.wait("pay_1", 1, 0.01), 5)
    assert len(waiters) == 0


async def test_beyond_the_limit_a_request_is_answered_at_once() -> None:
    await asyncio.wait_for(waiters_of(Versions(), limit=0).wait("pay_1", 1, 9), 1)


async def test_once_stopped_a_request_is_answered_at_once() -> None:
    waiters = waiters_of(Versions())
    waiters.stop()
    await asyncio.wait_for(waiters.wait("pay_1", 1, 9), 1)
