"""A stream of work: what is slow holds up nothing else, and its end is written under its lease."""

import asyncio
from datetime import timedelta

import asyncpg

from payment_engine.db import jobs
from payment_engine.db.job_queues import of_none_of
from payment_engine.db.jobs import JobEnd
from payment_engine.services.queue import delivery, sinks
from payment_engine.services.queue.stream import Stream
from payment_engine.worker import outbox_stream
from tests.world import World

ADD_JOBS = """
INSERT INTO job (kind, subject, run_at, created_at)
SELECT 'sync_card', n::text, now() - interval '1 s', now() FROM generate_series(1, 3) n
RETURNING id
"""


async def until_done(done: list[int], count: int) -> None:
    async with asyncio.timeout(10):
        while len(done) < count:
            await asyncio.sleep(0.01)


async def test_the_next_piece_begins_as_soon_as_one_ends() -> None:
    release, done, due = asyncio.Event(), [], list(range(20))

    async def claim(room: int) -> list[int]:
        taken, due[:] = due[:room], due[room:]
        return taken

    async def run(number: int) -> None:
        if number == 0:
            await release.wait()
        done.append(number)

    stop = asyncio.Event()
    stream = asyncio.create_task(Stream("test", claim, run, most=2).work_until(stop, 0.01))
    await until_done(done, 19)
    assert 0 not in done
    stop.set()
    release.set()
    await stream
    assert done[-1] == 0


async def test_the_next_claim_follows_an_end_where_the_last_claim_left_room() -> None:
    due, under_way, done = list(range(20)), set[int](), []

    async def claim(room: int) -> list[int]:
        taken = due[: min(room, 2 - len(under_way))]
        del due[: len(taken)]
        under_way.update(taken)
        return taken

    async def run(number: int) -> None:
        await asyncio.sleep(0)
        under_way.discard(number)
        done.append(number)

    stop = asyncio.Event()
    stream = asyncio.create_task(Stream("test", claim, run, most=10).work_until(stop, 3600))
    await until_done(done, 20)
    stop.set()
    await stream


async def test_claims_that_fail_are_tried_again() -> None:
    tries = []

    async def claim(_: int) -> list[int]:
        tries.append(len(tries))
        if len(tries) < 2:
            raise ConnectionRefusedError
        return []

    async def run(_: int) -> None:
        raise AssertionError

    stop = asyncio.Event()
    stream = asyncio.create_task(Stream("test", claim, run, most=1).work_until(stop, 0.01))
    async with asyncio.timeout(5):
        while len(tries) < 3:
            await asyncio.sleep(0.01)
    stop.set()
    await stream


async def claimed_jobs(world: World) -> list[jobs.ClaimedJob]:
    await world.sql(ADD_JOBS)
    now = world.engine.now()
    return await jobs.claim(
        world.engine.db.connection, now, timedelta(seconds=60), 10, of_none_of([])
    )


async def test_jobs_end_together_each_in_its_own_way(world: World) -> None:
    done, again, failed = await claimed_jobs(world)
    later = world.engine.now() + timedelta(hours=1)
    await jobs.end(
        world.engine.db,
        [
            JobEnd(job=done),
            JobEnd(job=again, again=later),
            JobEnd(job=failed, again=later, error="ValueError", suspended_at=later),
        ],
    )
    rows = await world.sql(
        "SELECT id, attempts, run_at, lease_until, last_error, held_at FROM job ORDER BY id"
    )
    base = {"run_at": later, "lease_until": None}
    assert rows == [
        {**base, "id": again.id, "attempts": 0, "last_error": None, "held_at": None},
        {**base, "id": failed.id, "attempts": 1, "last_error": "ValueError", "held_at": later},
    ]


async def test_a_job_that_is_requested_while_it_ends_is_not_lost(
    world: World, database: str
) -> None:
    ended, *_ = await claimed_jobs(world)
    requesting = await asyncpg.connect(database)
    async with requesting.transaction():
        await requesting.execute("UPDATE job SET attempts = 0 WHERE id = $1", ended.id)
        ending = asyncio.create_task(jobs.end(world.engine.db, [JobEnd(job=ended)]))
        await asyncio.sleep(0.1)
        assert not ending.done()
    await ending
    await requesting.close()
    [row] = await world.sql("SELECT attempts, lease_until FROM job WHERE id = $1", ended.id)
    assert row == {"attempts": 0, "lease_until": None}


async def test_a_job_whose_lease_another_worker_took_is_left_to_it(world: World) -> None:
    late, *_ = await claimed_jobs(world)
    await world.sql(
        "UPDATE job SET lease_until = lease_until + interval '1 m' WHERE id = $1 RETURNING id",
        late.id,
    )
    await jobs.end(world.engine.db, [JobEnd(job=late)])
    assert len(await world.sql("SELECT id FROM job")) == 3


async def messages_of_another_shop(world: World, count: int) -> None:
    """Due messages of a shop that hangs: its address never answers."""
    await world.sql(
        "INSERT INTO merchant (id, name, notify_url, created_at) "
        "VALUES ('mer_slow', 'Slow', 'http://127.0.0.1:9/', now()) RETURNING id"
    )
    await world.sql(
        "INSERT INTO outbox_message (id, merchant_id, payment_id, sequence, type, body, run_at, "
        "created_at) SELECT 'msg_' || n, 'mer_slow', 'pay_' || n, 1, 'payment.paid', '{}', "
        "now() - interval '1 h', now() FROM generate_series(1, $1) n RETURNING id",
        count,
    )


async def test_a_shop_with_many_due_messages_leaves_room_for_others(world: World) -> None:
    await messages_of_another_shop(world, 200)
    payment = await world.open_payment()
    await world.post(f"/v1/payments/{payment['id']}/cancel")
    outbox = delivery.Outbox(world.engine)
    claimed = await outbox.claim(50)
    assert {message.merchant_id for message in claimed} > {"mer_slow"}
    assert sum(message.merchant_id == "mer_slow" for message in claimed) == sinks.MOST_PER_SHOP
    assert [each.merchant_id for each in await outbox.claim(50)] == []


async def test_a_delivery_that_outlived_its_lease_does_not_undo_the_next_one(
    world: World,
) -> None:
    payment = await world.open_payment()
    await world.post(f"/v1/payments/{payment['id']}/cancel")
    slept = delivery.Outbox(world.engine)
    [message] = await slept.claim(1)
    world.clock.advance(seconds=61)
    assert await outbox_stream(world.engine).round() == 1
    await world.mock.post("/control/shop", json={"answer": 500, "times": 1})
    await slept.deliver(message)
    [row] = await world.sql("SELECT state FROM outbox_message")
    assert row["state"] == "delivered"
