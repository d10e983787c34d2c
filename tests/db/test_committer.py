"""Group commit: company is never waited for, nobody is answered early, nothing is lost."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest

from payment_engine.db.committer import Committer
from payment_engine.domain.commit import Commit, CommitResult, FateUnknown, Overloaded
from payment_engine.domain.store import BatchRefused, Load, Loaded
from payment_engine.simulator.memory_store import MemoryPaymentStore
from tests.db.changes import a_key, attempting, changing, now, opening

WRITTEN = CommitResult.WRITTEN


class SlowStore:
    """A memory store whose commits wait until they are let go, and which remembers its batches."""

    def __init__(self) -> None:
        self.inner = MemoryPaymentStore(now)
        self.batches: list[int] = []
        self.gate = asyncio.Event()
        self.failures: list[Exception] = []

    async def load(self, loads: Sequence[Load]) -> list[Loaded | None]:
        self.batches.append(len(loads))
        await self.gate.wait()
        return await self.inner.load(loads)

    async def commit(self, batch: Sequence[Commit]) -> list[CommitResult]:
        self.batches.append(len(batch))
        await self.gate.wait()
        if self.failures:
            raise self.failures.pop()
        return await self.inner.commit(batch)

    async def was_written(self, payment_id: str, change_id: str) -> bool:
        return await self.inner.was_written(payment_id, change_id)


@pytest.fixture
def slow() -> SlowStore:
    return SlowStore()


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_what_waits_while_a_commit_is_under_way_shares_the_next(slow: SlowStore) -> None:
    committer = Committer(slow, in_flight=1)
    first = asyncio.create_task(committer.commit(opening(), intent=True))
    await settle()
    others = [asyncio.create_task(committer.commit(opening(), intent=True)) for _ in range(10)]
    await settle()
    assert slow.batches == [1]
    assert committer.waiting == 10
    slow.gate.set()
    assert await asyncio.gather(first, *others) == [WRITTEN] * 11
    assert slow.batches == [1, 10]


async def test_nobody_is_answered_before_the_commit(slow: SlowStore) -> None:
    committer = Committer(slow)
    task = asyncio.create_task(committer.commit(opening(), intent=True))
    await settle()
    assert not task.done()
    slow.gate.set()
    assert await task is WRITTEN


async def test_two_changes_of_one_payment_never_share_a_batch(slow: SlowStore) -> None:
    slow.gate.set()
    committer = Committer(slow)
    opened = opening()
    await committer.commit(opened, intent=True)
    changes = [changing(opened.snapshot, attempting) for _ in range(3)]
    results = await asyncio.gather(*(committer.commit(one, intent=False) for one in changes))
    assert sorted(result.value for result in results) == ["faster", "faster", "written"]
    assert slow.batches == [1, 1, 1, 1]


async def test_two_changes_under_one_key_never_share_a_batch(slow: SlowStore) -> None:
    slow.gate.set()
    committer = Committer(slow)
    opened = [opening(), opening()]
    await asyncio.gather(*(committer.commit(one, intent=True) for one in opened))
    changes = [changing(one.snapshot, attempting, claim=a_key("x", "same")) for one in opened]
    results = await asyncio.gather(*(committer.commit(one, intent=True) for one in changes))
    assert sorted(result.value for result in results) == ["key_taken", "written"]


async def test_a_refused_batch_is_sent_again_one_by_one(slow: SlowStore) -> None:
    slow.failures = [BatchRefused("DeadlockDetectedError")]
    committer = Committer(slow, in_flight=1)
    tasks = [asyncio.create_task(committer.commit(opening(), intent=True)) for _ in range(3)]
    await settle()
    slow.gate.set()
    assert await asyncio.gather(*tasks) == [WRITTEN] * 3
    assert slow.batches == [3, 1, 1, 1]


async def test_a_change_that_the_database_refuses_fails_alone(slow: SlowStore) -> None:
    slow.gate.set()
    committer = Committer(slow, in_flight=1)
    good, bad = opening(), opening()
    negative = replace(bad.payment, amount_captured=-1)
    bad = replace(bad, snapshot=replace(bad.snapshot, payment=negative))
    outcomes = await asyncio.gather(
        *(committer.commit(one, intent=True) for one in (good, bad)), return_exceptions=True
    )
    assert outcomes[0] is WRITTEN
    assert isinstance(outcomes[1], BatchRefused)
    assert outcomes[1].rule == "payment_amounts_not_negative"


async def test_an_unknown_fate_is_everybodys_and_nothing_is_sent_again(slow: SlowStore) -> None:
    slow.failures = [FateUnknown("ConnectionDoesNotExistError")]
    slow.gate.set()
    committer = Committer(slow, in_flight=1)
    outcomes = await asyncio.gather(
        *(committer.commit(opening(), intent=True) for _ in range(2)), return_exceptions=True
    )
    assert [type(outcome) for outcome in outcomes] == [FateUnknown, FateUnknown]
    assert slow.batches == [2]


async def test_intents_are_shed_when_too_much_waits_and_reports_never(slow: SlowStore) -> None:
    committer = Committer(slow, most=1, in_flight=1)
    waiting = [asyncio.create_task(committer.commit(opening(), intent=True)) for _ in range(2000)]
    await settle()
    waiting.append(asyncio.create_task(committer.commit(opening(), intent=True)))
    await settle()
    with pytest.raises(Overloaded):
        await committer.commit(opening(), intent=True)
    report = asyncio.create_task(committer.commit(opening(), intent=False))
    await settle()
    assert not report.done()
    slow.gate.set()
    assert await report is WRITTEN
    assert not waiting[-1].done()
    await committer.drain()
    assert await waiting[-1] is WRITTEN


async def test_a_change_whose_caller_left_is_written_all_the_same(slow: SlowStore) -> None:
    committer = Committer(slow)
    commit = opening()
    task = asyncio.create_task(committer.commit(commit, intent=True))
    await settle()
    task.cancel()
    slow.gate.set()
    await committer.drain()
    assert slow.inner.snapshot(commit.payment.id) == commit.snapshot


async def test_loads_that_wait_share_a_statement(slow: SlowStore) -> None:
    committer = Committer(slow, in_flight=1)
    loads = [Load(find="payment", id=f"pay_{number}") for number in range(5)]
    tasks = [asyncio.create_task(committer.load(load)) for load in loads]
    await settle()
    slow.gate.set()
    assert await asyncio.gather(*tasks) == [None] * 5
    assert slow.batches == [5]
