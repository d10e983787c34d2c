"""The loop of the simulator: virtual time, drawn order, and processes that die at once."""

import asyncio
from random import Random

import pytest

from payment_engine.simulator.loop import Deadlock, Owner, VirtualLoop


def loop_of(seed: int = 1) -> VirtualLoop:
    return VirtualLoop(Random(seed))


def test_an_hour_passes_at_once() -> None:
    async def work() -> float:
        await asyncio.sleep(3600)
        return asyncio.get_running_loop().time()

    loop = loop_of()
    assert loop.run(work()) == 3600
    loop.forget()


def test_a_timeout_ends_what_waits_for_ever() -> None:
    async def work() -> float:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(15):
                await asyncio.Event().wait()
        return asyncio.get_running_loop().time()

    loop = loop_of()
    assert loop.run(work()) == 15
    loop.forget()


def order_of(seed: int) -> list[int]:
    done: list[int] = []

    async def work() -> None:
        async def one(number: int) -> None:
            await asyncio.sleep(1)
            done.append(number)

        await asyncio.gather(*(one(number) for number in range(8)))

    loop = loop_of(seed)
    loop.run(work())
    loop.forget()
    return done


def test_a_seed_decides_the_order_of_what_is_ready() -> None:
    assert order_of(1) == order_of(1)
    assert sorted(order_of(2)) == list(range(8))
    assert len({tuple(order_of(seed)) for seed in range(5)}) > 1


def test_a_killed_process_runs_nothing_more_not_even_its_finally_blocks() -> None:
    owner, loop, lines = Owner(), loop_of(), []

    async def inner() -> None:
        try:
            await asyncio.sleep(10)
            lines.append("inner went on")
        finally:
            lines.append("inner cleaned up")

    async def process() -> None:
        lines.append("began")
        await asyncio.create_task(inner())
        lines.append("went on")

    async def work() -> None:
        loop.start_for(owner, process())
        await asyncio.sleep(5)
        owner.dead = True
        await asyncio.sleep(60)

    loop.run(work())
    assert lines == ["began"]
    loop.forget()


def test_a_process_dies_before_the_turn_of_its_code_that_is_named() -> None:
    owner, loop, lines = Owner(), loop_of(), []
    owner.dies_at = 3
    owner.on_death = lambda: setattr(owner, "dead", True)

    async def process() -> None:
        for number in range(5):
            lines.append(number)
            await asyncio.sleep(0)

    async def work() -> None:
        loop.start_for(owner, process())
        await asyncio.sleep(1)

    loop.run(work())
    assert (lines, owner.steps) == ([0, 1], 3)
    loop.forget()


def test_that_nothing_will_ever_happen_is_an_error() -> None:
    loop = loop_of()
    with pytest.raises(Deadlock):
        loop.run(asyncio.Event().wait())
    loop.forget()


def test_an_error_in_a_callback_ends_the_run() -> None:
    loop = loop_of()

    async def work() -> None:
        loop.call_later(1, lambda: [].pop())
        await asyncio.sleep(60)

    with pytest.raises(IndexError):
        loop.run(work())
    loop.forget()
