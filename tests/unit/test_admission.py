"""Work begins at once while the loop has room, otherwise within its share; or is refused."""

import asyncio
import time
from itertools import pairwise

import pytest

from payment_engine.admission import Admission
from payment_engine.domain.errors import Unavailable
from tests.seconds import Seconds

LATE = 0.05
"""Seconds by which a busy loop is late."""


class Crowd:
    """Pieces of work that began, and go on until they are released."""

    def __init__(self, admission: Admission) -> None:
        self.admission = admission
        self.began = 0
        self.refused: list[Unavailable] = []
        self.release = asyncio.Event()
        self.tasks: list[asyncio.Task[None]] = []

    async def add(self, count: int) -> None:
        self.tasks += [asyncio.create_task(self._one()) for _ in range(count)]
        await settled()

    async def end(self) -> None:
        self.release.set()
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)

    async def _one(self) -> None:
        try:
            await self.admission.run(self._work())
        except Unavailable as error:
            self.refused.append(error)

    async def _work(self) -> None:
        self.began += 1
        await self.release.wait()


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def admission_of(clock: Seconds, *, share: float = 0.4, wait: float = 1.0) -> Admission:
    """Beside many other requests."""
    admission = Admission(share=share, wait=wait, clock=clock)
    others_arrive(admission)
    return admission


def others_arrive(admission: Admission) -> None:
    for _ in range(2000):
        admission.other()


@pytest.fixture
def no_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the test itself says how late the loop is."""
    monkeypatch.setattr(Admission, "_look_after", lambda *_: None)


@pytest.mark.usefixtures("no_looks")
async def test_while_the_loop_has_room_all_begin_a_few_in_each_turn() -> None:
    admission = admission_of(Seconds(), share=0.05, wait=9)
    crowd = Crowd(admission)
    await crowd.add(100)
    began = [crowd.began]
    for _ in range(24):
        admission.turn(0)
        await settled()
        began.append(crowd.began)
    await crowd.end()
    assert 4 <= began[0] < 40
    assert (began[-1], crowd.refused) == (100, [])
    assert all(later - earlier <= 4 for earlier, later in pairwise(began))


@pytest.mark.usefixtures("no_looks")
async def test_a_busy_loop_gives_only_the_share() -> None:
    clock = Seconds()
    admission = admission_of(clock)
    admission.turn(LATE)
    crowd = Crowd(admission)
    await crowd.add(200)
    assert crowd.began == 100  # 0.4 of half a second, at 2 ms each
    clock.now += 0.1
    others_arrive(admission)
    admission.turn(LATE)
    await settled()
    assert 110 < crowd.began < 125
    await crowd.end()


@pytest.mark.usefixtures("no_looks")
async def test_without_other_requests_the_whole_loop_is_for_them() -> None:
    clock = Seconds()
    admission = admission_of(clock)
    clock.now += 10
    admission.other()
    admission.turn(LATE)
    crowd = Crowd(admission)
    await crowd.add(1000)
    assert crowd.began == 250  # half a second, at 2 ms each
    assert len(crowd.refused) == 1000 - 250 - 500
    await crowd.end()


@pytest.mark.usefixtures("no_looks")
async def test_what_would_wait_too_long_is_refused_at_once_and_does_not_begin() -> None:
    admission = admission_of(Seconds())
    admission.turn(LATE)
    crowd = Crowd(admission)
    await crowd.add(1000)
    assert crowd.began == 100
    assert len(crowd.refused) == 1000 - 100 - 200  # 200 a second begin, and one second may pass
    assert {error.extra["retry_after"] for error in crowd.refused} <= {2, 3, 4}
    await crowd.end()


@pytest.mark.usefixtures("no_looks")
async def test_what_waited_as_long_as_it_may_is_refused() -> None:
    admission = admission_of(Seconds(), wait=0.05)
    admission.turn(LATE)
    crowd = Crowd(admission)
    await crowd.add(101)
    async with asyncio.timeout(5):
        while not crowd.refused:
            await asyncio.sleep(0.01)
    await crowd.end()
    assert crowd.began == 100


@pytest.mark.usefixtures("no_looks")
async def test_nothing_begins_while_too_many_wait_for_the_database() -> None:
    waiting = [16]
    admission = Admission(share=0.4, wait=9, crowded=lambda: waiting[0] >= 16, clock=Seconds())
    crowd = Crowd(admission)
    await crowd.add(5)
    admission.turn(0)
    await settled()
    assert crowd.began == 0
    waiting[0] = 15
    admission.turn(0)
    await settled()
    assert crowd.began == 5
    await crowd.end()


@pytest.mark.usefixtures("no_looks")
async def test_whoever_leaves_while_waiting_does_not_begin() -> None:
    clock = Seconds()
    admission = admission_of(clock)
    admission.turn(LATE)
    crowd = Crowd(admission)
    await crowd.add(102)
    crowd.tasks[100].cancel()
    await settled()
    clock.now += 10
    others_arrive(admission)
    admission.turn(LATE)
    await settled()
    assert crowd.began == 101
    await crowd.end()


async def test_turns_come_while_there_is_work_and_then_end() -> None:
    clock = Seconds()
    admission = admission_of(clock)
    admission.turn(LATE)
    crowd = Crowd(admission)
    await crowd.add(101)
    async with asyncio.timeout(5):
        while crowd.began < 101:
            await asyncio.sleep(0.01)
    await crowd.end()
    async with asyncio.timeout(10):
        while admission.looks:
            await asyncio.sleep(0.05)


@pytest.mark.usefixtures("no_looks")
async def test_dear_work_gets_fewer_turns() -> None:
    clock = Seconds()
    admission = admission_of(clock)

    async def dear() -> None:
        time.sleep(0.02)  # noqa: ASYNC251 - it keeps the loop busy

    for _ in range(20):
        admission.turn(0)
        await admission.run(dear())
    clock.now += 10
    others_arrive(admission)
    admission.turn(LATE)
    crowd = Crowd(admission)
    await crowd.add(100)
    assert crowd.began < 20
    await crowd.end()


async def test_work_returns_raises_and_is_cancelled_as_without_admission() -> None:
    admission = admission_of(Seconds())

    async def returns() -> int:
        await asyncio.sleep(0)
        return 7

    async def raises() -> None:
        await asyncio.sleep(0)
        raise ValueError("its own")

    async def handles() -> str:
        try:
            async with asyncio.timeout(0.01):
                await asyncio.Event().wait()
        except TimeoutError:
            return "in time"
        return "never"

    assert await admission.run(returns()) == 7
    with pytest.raises(ValueError, match="its own"):
        await admission.run(raises())
    assert await admission.run(handles()) == "in time"
    task = asyncio.create_task(admission.run(endless()))
    await settled()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def endless() -> None:
    await asyncio.Event().wait()
