"""Leases of jobs, jobs enqueued while they run, and one poll for all who wait."""

import asyncio
from datetime import datetime

from payment_engine.db import jobs
from payment_engine.db.job_queues import of_none_of
from payment_engine.domain.jobs import JobKind
from payment_engine.engine import Engine
from payment_engine.services.queue import runner
from tests.world import World

ALL = of_none_of([])
_ADD = (
    "INSERT INTO job (kind, subject, run_at, created_at) "
    "VALUES ('sync_card', 'one', now() - interval '1 s', now()) RETURNING id"
)


async def nothing(_: Engine, __: str) -> datetime | None:
    """A handler that is done at once."""
    return None


async def fails(_: Engine, __: str) -> datetime | None:
    """A handler that always fails."""
    raise RuntimeError("no")


async def test_a_worker_that_lost_its_lease_does_not_free_the_job_of_another(world: World) -> None:
    await world.sql(_ADD)
    (slow,) = await runner.claim(world.engine, ALL, 1)
    world.clock.advance(seconds=61)
    (other,) = await runner.claim(world.engine, ALL, 1)
    await runner.run(world.engine, slow, {JobKind.SYNC_CARD: nothing})
    assert await runner.claim(world.engine, ALL, 1) == []
    await runner.run(world.engine, other, {JobKind.SYNC_CARD: nothing})
    assert await world.sql("SELECT id FROM job") == []


async def test_a_worker_that_lost_its_lease_and_failed_leaves_the_job_to_the_other(
    world: World,
) -> None:
    await world.sql(_ADD)
    (slow,) = await runner.claim(world.engine, ALL, 1)
    world.clock.advance(seconds=61)
    (other,) = await runner.claim(world.engine, ALL, 1)
    await runner.run(world.engine, slow, {JobKind.SYNC_CARD: fails})
    world.clock.advance(seconds=5)
    assert await runner.claim(world.engine, ALL, 1) == []
    await runner.run(world.engine, other, {JobKind.SYNC_CARD: nothing})
    assert await world.sql("SELECT id FROM job") == []


async def test_a_job_enqueued_again_while_it_failed_for_the_last_time_is_not_suspended(
    world: World,
) -> None:
    await world.sql(_ADD)
    await world.sql("UPDATE job SET attempts = $1 RETURNING id", runner.MOST_FAILURES - 1)
    (job,) = await runner.claim(world.engine, ALL, 1)

    async def enqueue_again(engine: Engine, subject: str) -> datetime | None:
        async with engine.db.transaction() as tx:
            await jobs.enqueue(tx, JobKind.SYNC_CARD, subject, engine.now())
        raise RuntimeError("no")

    await runner.run(world.engine, job, {JobKind.SYNC_CARD: enqueue_again})
    assert len(await runner.claim(world.engine, ALL, 1)) == 1


async def test_readers_who_come_and_go_share_one_poll(world: World) -> None:
    payment = await world.open_payment()
    path = f"/v1/payments/{payment['id']}?wait=1"
    for _ in range(4):
        await world.get(path, **{"if-none-match": '"1"'})
    await world.get(path)
    assert len(world.engine.critical.tasks) <= 1


async def test_forty_captures_at_once_take_the_money_once(world: World) -> None:
    payment = await world.open_payment(capture="manual")
    token = await world.card_token()
    await world.customer_decides(
        await world.start_attempt(payment["id"], method="card", card_token=token)
    )
    await world.wait_for_status(payment["id"], "authorized")
    path = f"/v1/payments/{payment['id']}/capture"
    await asyncio.gather(*(world.post(path, {"amount": 116400}) for _ in range(40)))
    current = await world.wait_for_status(payment["id"], "paid")
    assert current["attempts"][0]["review"] is None
    assert sum(row["charged"] for row in (await world.ledger()).values()) == 116400
