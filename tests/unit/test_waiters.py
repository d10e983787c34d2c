"""Requests that wait for a payment of another version, without a database."""

import asyncio
from collections.abc import Collection

from payment_engine.waiters import Waited, Waiters


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


async def wait(
    waiters: Waiters,
    payment_id: str = "pay_1",
    version: int = 1,
    seconds: float = 9,
    whose: str = "a",
    most: int = 2000,
) -> Waited:
    async with asyncio.timeout(5):
        return await waiters.wait(payment_id, version, seconds, token=whose, most=most)


async def test_a_change_of_this_process_wakes_who_waits_for_that_payment() -> None:
    waiters = waiters_of(Versions(pay_1=1, pay_2=1))
    first, other = (asyncio.create_task(wait(waiters, each)) for each in ("pay_1", "pay_2"))
    await asyncio.sleep(0)
    waiters.wake("pay_1", 1)
    waiters.wake("pay_1", 2)
    assert await first is Waited.PERHAPS_CHANGED
    assert (len(waiters), other.done()) == (1, False)
    waiters.stop()
    await other


async def test_a_change_of_another_process_is_noticed_by_one_look_for_all() -> None:
    versions = Versions(pay_1=2)
    waiters = waiters_of(versions)
    await asyncio.gather(*(wait(waiters) for _ in range(50)))
    assert versions.reads == 1


async def test_a_thousand_who_wait_cost_no_statement_each() -> None:
    versions = Versions(**{f"pay_{n}": 1 for n in range(1000)})
    waiters = waiters_of(versions)
    waits = [wait(waiters, f"pay_{n}", seconds=1, whose=str(n)) for n in range(1000)]
    assert set(await asyncio.gather(*waits)) == {Waited.UNCHANGED}
    assert versions.reads <= 10


async def test_who_arrives_while_others_wait_is_looked_after_before_the_next_look_at_all() -> None:
    versions = Versions(pay_1=1, pay_2=7)
    waiters = waiters_of(versions)
    waiting = asyncio.create_task(wait(waiters))
    while not versions.reads:
        await asyncio.sleep(0)
    async with asyncio.timeout(0.2):
        assert await wait(waiters, "pay_2", 6, whose="b") is Waited.PERHAPS_CHANGED
    waiters.stop()
    await waiting


async def test_nobody_waits_for_a_payment_that_does_not_exist() -> None:
    assert await wait(waiters_of(Versions())) is Waited.PERHAPS_CHANGED


async def test_the_look_lives_on_while_the_database_is_away() -> None:
    versions = Versions(pay_1=2)
    versions.error = ConnectionError("away")
    waiters = waiters_of(versions)
    waiting = asyncio.create_task(wait(waiters))
    await asyncio.sleep(0.05)
    assert not waiting.done()
    versions.error = None
    assert await waiting is Waited.PERHAPS_CHANGED


async def test_without_an_answer_of_the_database_nothing_is_called_unchanged() -> None:
    versions = Versions(pay_1=1)
    versions.error = ConnectionError("away")
    assert await wait(waiters_of(versions), seconds=0.1) is Waited.PERHAPS_CHANGED


async def test_waiting_ends_with_its_time_and_leaves_nothing_behind() -> None:
    waiters = waiters_of(Versions(pay_1=1))
    assert await wait(waiters, seconds=0.1) is Waited.UNCHANGED
    assert len(waiters) == 0


async def test_beyond_the_limit_a_request_is_refused_at_once() -> None:
    assert await wait(waiters_of(Versions(), limit=0)) is Waited.REFUSED


async def test_one_token_fills_its_own_share_and_no_other() -> None:
    waiters = waiters_of(Versions(pay_1=1))
    full = [asyncio.create_task(wait(waiters, most=3)) for _ in range(3)]
    await asyncio.sleep(0)
    assert await wait(waiters, most=3) is Waited.REFUSED
    other = asyncio.create_task(wait(waiters, whose="b", most=3))
    await asyncio.sleep(0)
    assert len(waiters) == 4
    waiters.wake("pay_1", 2)
    await asyncio.gather(*full, other)
    assert await wait(waiters, most=3, seconds=0.1) is not Waited.REFUSED


async def test_once_stopped_a_request_is_refused_at_once() -> None:
    waiters = waiters_of(Versions(pay_1=1))
    waiting = asyncio.create_task(wait(waiters))
    await asyncio.sleep(0)
    waiters.stop()
    assert await waiting is Waited.REFUSED
    assert await wait(waiters) is Waited.REFUSED
