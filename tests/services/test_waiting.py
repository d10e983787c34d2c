"""Waiting for a payment: answered when it changes for its reader, wherever it changed."""

import asyncio

from tests.world import World


async def test_a_reader_is_answered_as_soon_as_the_payment_changes(world: World) -> None:
    payment = await world.open_payment()
    waiting = asyncio.create_task(world.get(f"/v1/payments/{payment['id']}?wait=20"))
    await asyncio.sleep(0.2)
    await world.post(f"/v1/payments/{payment['id']}/cancel")
    assert (await waiting).json()["status"] == "cancelled"
    assert len(world.engine.waiters) == 0


async def test_a_change_that_no_reader_sees_wakes_nobody(world: World) -> None:
    await world.script_mock("hold")
    payment = await world.open_payment()
    attempt = await world.start_attempt(payment["id"])
    version = (await world.read_payment(payment["id"]))["version"]
    path = f"/v1/payments/{payment['id']}?wait=20"
    waiting = asyncio.create_task(world.get(path, **{"if-none-match": f'"{version}"'}))
    await asyncio.sleep(0.5)
    await world.run_worker(seconds=91)
    assert not waiting.done()
    await world.customer_decides(attempt)
    assert (await waiting).json()["status"] == "paid"


async def test_a_change_made_by_another_process_is_noticed(world: World) -> None:
    payment = await world.open_payment()
    waiting = asyncio.create_task(world.engine.waiters.wait(payment["id"], 1, 20))
    await asyncio.sleep(0.1)
    await world.sql(
        "UPDATE payment SET revision = revision + 1, version = 2 WHERE id = $1 RETURNING id",
        payment["id"],
    )
    await asyncio.wait_for(waiting, 5)


async def test_waiting_ends_with_its_time(world: World) -> None:
    payment = await world.open_payment()
    response = await world.get(f"/v1/payments/{payment['id']}?wait=1", **{"if-none-match": '"1"'})
    assert (response.status_code, response.content) == (304, b"")


async def test_a_process_that_stops_answers_whoever_waits(world: World) -> None:
    payment = await world.open_payment()
    waiting = asyncio.create_task(world.get(f"/v1/payments/{payment['id']}?wait=30"))
    await asyncio.sleep(0.2)
    world.engine.waiters.stop()
    assert (await asyncio.wait_for(waiting, 5)).json()["status"] == "open"
    again = await asyncio.wait_for(world.get(f"/v1/payments/{payment['id']}?wait=30"), 5)
    assert again.status_code == 200
