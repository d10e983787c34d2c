"""Waiting for a payment: answered when it changes for its reader, wherever it changed."""

import asyncio

import pytest

from payment_engine.domain.callers import Caller
from payment_engine.services import payments
from payment_engine.services.payments import read_payment
from payment_engine.waiters import Waited
from tests.statements import counted
from tests.world import World


def checkout_of(payment_id: str, world: World) -> Caller:
    """The caller that a payment's own token stands for."""
    return Caller(kind="checkout", merchant_id=world.keys.merchant_id, payment_id=payment_id)


async def waiting_at(world: World, count: int) -> None:
    async with asyncio.timeout(10):
        while len(world.engine.waiters) != count:
            await asyncio.sleep(0.01)


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
    waiting = asyncio.create_task(
        world.engine.waiters.wait(payment["id"], 1, 20, token="a", most=1)
    )
    await waiting_at(world, 1)
    await world.sql(
        "UPDATE payment SET revision = revision + 1, version = 2 WHERE id = $1 RETURNING id",
        payment["id"],
    )
    assert await asyncio.wait_for(waiting, 1) is Waited.PERHAPS_CHANGED


async def test_a_thousand_customers_who_wait_share_one_look_and_no_change_costs_no_read(
    world: World,
) -> None:
    opened = [(await world.open_payment())["id"] for _ in range(50)]
    await asyncio.gather(*(world.engine.db.fetch("SELECT pg_sleep(0.1)") for _ in range(8)))
    with counted(world) as statements:
        readings = await asyncio.gather(
            *(
                read_payment(world.engine, checkout_of(each, world), each, wait=2, known_version=1)
                for each in opened * 20
            )
        )
    assert len(readings) == 1000
    assert {(reading.snapshot, reading.retry_after) for reading in readings} == {(None, 0)}
    assert all("version FROM unnest" in text for text in statements.texts)
    assert len(statements.texts) <= 12


async def test_a_commit_of_the_same_process_answers_at_once(world: World) -> None:
    payment = await world.open_payment()
    caller = checkout_of(payment["id"], world)
    waiting = asyncio.create_task(
        read_payment(world.engine, caller, payment["id"], wait=20, known_version=1)
    )
    await waiting_at(world, 1)
    with counted(world) as statements:
        await world.post(f"/v1/payments/{payment['id']}/cancel")
        reading = await waiting
    assert reading.snapshot
    assert reading.snapshot.payment.status == "cancelled"
    reads = [text for text in statements.texts if "row_to_json(p)" in text]
    assert len(reads) <= 2


async def test_a_customer_who_knows_an_older_version_is_answered_at_once(world: World) -> None:
    payment = await world.open_payment()
    path = f"/v1/payments/{payment['id']}?wait=20"
    await world.post(f"/v1/payments/{payment['id']}/cancel")
    answer = await asyncio.wait_for(
        world.get(path, payment["checkout"]["token"], **{"if-none-match": '"1"'}), 1
    )
    assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")


async def test_an_answer_tells_when_to_ask_again(world: World) -> None:
    path = f"/v1/payments/{(await world.open_payment())['id']}"
    plain, same, over = await asyncio.gather(
        world.get(path),
        world.get(path, **{"if-none-match": '"1"'}),
        world.get(f"{path}?wait=1", **{"if-none-match": '"1"'}),
    )
    answers = [(each.status_code, each.headers["retry-after"]) for each in (plain, same, over)]
    assert answers == [(200, "2"), (304, "2"), (304, "0")]


async def test_who_may_not_wait_is_asked_to_return_later(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(payments, "_MOST_WAITS", {"checkout": 1, "service": 1})
    payment = await world.open_payment()
    path, token = f"/v1/payments/{payment['id']}?wait=20", payment["checkout"]["token"]
    known = {"if-none-match": '"1"'}
    first = asyncio.create_task(world.get(path, token, **known))
    await waiting_at(world, 1)
    refused, behind = await asyncio.gather(world.get(path, token, **known), world.get(path, token))
    assert (refused.status_code, behind.status_code) == (304, 200)
    assert all(5 <= int(each.headers["retry-after"]) < 10 for each in (refused, behind))
    assert behind.json()["next_poll_in_ms"] == int(behind.headers["retry-after"]) * 1000
    shop = asyncio.create_task(world.get(path, **known))
    await waiting_at(world, 2)
    await world.post(f"/v1/payments/{payment['id']}/cancel")
    assert {(await each).json()["status"] for each in (first, shop)} == {"cancelled"}


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
