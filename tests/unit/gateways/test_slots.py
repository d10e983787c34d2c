"""Slots of a wire: nobody waits for one in vain."""

import asyncio

import pytest

from payment_engine.domain.gateway import Saturated
from payment_engine.gateways.slots import Slots
from tests.seconds import Seconds

WAIT = 2.0


async def taken(slots: Slots, release: asyncio.Event) -> None:
    async with slots.one():
        await release.wait()


async def test_after_a_wait_in_which_no_call_ended_no_further_one_waits() -> None:
    clock, release = Seconds(), asyncio.Event()
    slots = Slots(2, most_waiting=5, wait=WAIT, monotonic=clock)
    calls = [asyncio.create_task(taken(slots, release)) for _ in range(3)]
    await asyncio.sleep(0)
    clock.now += WAIT
    assert not slots.full
    clock.now += 0.1
    assert slots.full
    with pytest.raises(Saturated):
        await taken(slots, release)
    release.set()
    await asyncio.gather(*calls)
    assert not slots.full


async def test_a_free_slot_is_taken_however_long_nothing_moved() -> None:
    clock, release = Seconds(), asyncio.Event()
    slots = Slots(2, most_waiting=0, wait=WAIT, monotonic=clock)
    call = asyncio.create_task(taken(slots, release))
    await asyncio.sleep(0)
    clock.now += 60
    assert not slots.full
    release.set()
    await taken(slots, release)
    await call
