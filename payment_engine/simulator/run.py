"""Runs one history to its end."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from payment_engine.domain.events import MessageState
from payment_engine.simulator.actors import OrderActors
from payment_engine.simulator.coverage import Coverage
from payment_engine.simulator.loop import Deadlock
from payment_engine.simulator.plan import (
    CONCURRENT_SECONDS,
    FAULTY_SECONDS,
    FINAL_WITHIN,
    Plan,
    plan_of,
)
from payment_engine.simulator.process import Gone
from payment_engine.simulator.world import SHIPPED, Parts, Violation, World


@dataclass(frozen=True)
class Outcome:
    """How a history ended. ``violation`` is None if every invariant held."""

    plan: Plan
    violation: str | None
    history: tuple[str, ...]
    final_after: float
    """Virtual seconds from the last fault to the last change of a payment."""


def run_seed(seed: int, parts: Parts = SHIPPED, coverage: Coverage | None = None) -> Outcome:
    """The history of a seed."""
    return run_plan(plan_of(seed), parts, coverage)


def run_plan(plan: Plan, parts: Parts = SHIPPED, coverage: Coverage | None = None) -> Outcome:
    """The history of a plan, always the same one."""
    world = World(plan, parts, coverage or Coverage())
    try:
        violation = _violation(world)
        return Outcome(
            plan=plan,
            violation=violation,
            history=tuple(world.history),
            final_after=max(0.0, world.checks.last_move - FAULTY_SECONDS),
        )
    finally:
        world.loop.forget()


def _violation(world: World) -> str | None:
    try:
        world.loop.run(_history(world))
    except Violation as violation:
        return str(violation)
    except Deadlock:
        return "everything waits, and nothing will happen"
    return next(world.checks.final(), None)


async def _history(world: World) -> None:
    """Four processes that die, then one of each role at its leisure, then none of it misbehaves."""
    world.start_processes()
    orders = [OrderActors(world, each) for each in world.plan.orders]
    actors = [world.loop.start(order.run()) for order in orders]
    await world.loop.pause(CONCURRENT_SECONDS)
    world.replace_processes()
    await _work(world, FAULTY_SECONDS + FINAL_WITHIN)
    for actor in actors:
        await actor


async def _work(world: World, until: float) -> None:
    """Do whatever is due, each time at its time, until nothing is left."""
    stored = asyncio.Event()
    world.on_stored = stored.set
    while world.loop.time() < until:
        stored.clear()
        due = _next_due(world)
        if due is not None and due <= world.worker.now():
            await _round(world)
            continue
        seconds = until - world.loop.time()
        if due is not None:
            seconds = min(seconds, (due - world.worker.now()).total_seconds() + 0.001)
        try:
            async with asyncio.timeout(max(seconds, 0.001)):
                await stored.wait()
        except TimeoutError:
            continue


async def _round(world: World) -> None:
    """Have the worker do what is due; if it dies, wait for the next one."""
    try:
        await world.worker.round()
    except Gone:
        await world.loop.pause(1)


def _next_due(world: World) -> datetime | None:
    """When the next job or message is due, or its lease is over."""
    times: list[datetime] = [
        max(job.run_at, job.lease_until or job.run_at)
        for job in world.tables.jobs.values()
        if job.suspended_at is None
    ]
    times += [*_messages_due(world)]
    return min(times, default=None)


def _messages_due(world: World) -> Iterable[datetime]:
    for of_payment in world.tables.messages.values():
        first = next((each for each in of_payment if each.state is MessageState.READY), None)
        if first is not None:
            yield max(first.run_at, first.lease_until or first.run_at)
