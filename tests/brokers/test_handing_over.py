"""Messages are handed to a real broker: the same as a shop is sent, in order, at least once."""

import asyncio
import json
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook

from payment_engine.worker import outbox_stream
from tests.brokers.servers import Nats, Received, Server
from tests.world import World

pytestmark = pytest.mark.timeout(120)


async def rows(world: World) -> list[dict[str, Any]]:
    return await world.sql(
        "SELECT id, payment_id, sequence, state, attempts, last_error FROM outbox_message "
        "ORDER BY payment_id, sequence"
    )


async def received(world: World, server: Server) -> list[Received]:
    return await server.received(world.keys.merchant_id)


async def cancelled(world: World) -> dict[str, Any]:
    payment = await world.open_payment()
    await world.post(f"/v1/payments/{payment['id']}/cancel")
    return payment


def signed(world: World, message: Received) -> bool:
    at = datetime.fromtimestamp(int(message.headers["webhook-timestamp"]), UTC)
    expected = Webhook(world.keys.notify_secret).sign(message.id, at, message.body.decode())
    return expected in message.headers["webhook-signature"].split()


def check_order(messages: list[Received]) -> None:
    """Those of a payment are in order, but for repeats, which are what they were before."""
    bodies: dict[str, bytes] = {}
    sequences: dict[str, list[int]] = {}
    for message in messages:
        content = json.loads(message.body)
        if message.id in bodies:
            assert bodies[message.id] == message.body
            continue
        bodies[message.id] = message.body
        sequences.setdefault(content["data"]["payment"]["id"], []).append(content["sequence"])
    for numbers in sequences.values():
        assert numbers[0] == 1
        assert all(later == earlier + 1 for earlier, later in pairwise(numbers))


async def test_the_broker_gets_what_the_shop_would_have_been_sent(
    world: World, server: Server
) -> None:
    paid = await world.paid_payment()
    await world.run_worker()
    stored = await rows(world)
    messages = await received(world, server)
    assert [message.id for message in messages] == [row["id"] for row in stored]
    assert {row["state"] for row in stored} == {"delivered"}
    assert all(signed(world, message) for message in messages)
    assert {message.headers["content-type"] for message in messages} == {"application/json"}
    contents = [json.loads(message.body) for message in messages]
    assert [each["type"] for each in contents] == ["payment.pending", "payment.paid"]
    assert [each["sequence"] for each in contents] == [1, 2]
    assert contents[1]["data"]["payment"]["id"] == paid["id"]
    assert await world.notifications(paid["order_id"]) == []


async def test_a_merchant_needs_no_address_of_its_own(world: World, server: Server) -> None:
    await world.sql("UPDATE merchant SET notify_url = NULL RETURNING id")
    await cancelled(world)
    await world.run_worker()
    assert [row["state"] for row in await rows(world)] == ["delivered"]
    assert len(await received(world, server)) == 1


async def test_a_message_that_is_sent_again_has_the_same_id(world: World, server: Server) -> None:
    await cancelled(world)
    await world.run_worker()
    again = "UPDATE outbox_message SET state = 'ready', delivered_at = NULL RETURNING id"
    [row] = await world.sql(again)
    await world.run_worker()
    messages = await received(world, server)
    copies = 1 if isinstance(server, Nats) else 2
    assert [message.id for message in messages] == [row["id"]] * copies
    check_order(messages)


async def test_a_broker_that_is_killed_while_payments_go_on_gets_every_message_in_order(
    world: World, server: Server
) -> None:
    stop = asyncio.Event()
    worker = asyncio.create_task(outbox_stream(world.engine).work_until(stop, 0.02))
    for number in range(24):
        if number in (6, 14):
            await server.kill()
        if number in (9, 18):
            await server.start()
        await (world.paid_payment() if number % 2 else cancelled(world))
    async with asyncio.timeout(90):
        while {row["state"] for row in await rows(world)} != {"delivered"}:
            world.clock.advance(seconds=1)
            await asyncio.sleep(0.1)
    stop.set()
    await worker
    messages = await received(world, server)
    stored = await rows(world)
    assert len(stored) == 36
    assert {message.id for message in messages} == {row["id"] for row in stored}
    check_order(messages)
    if isinstance(server, Nats):
        assert len(messages) == len(stored)


async def test_a_broker_that_is_away_delays_messages_and_nothing_else(
    world: World, server: Server
) -> None:
    await server.kill()
    for _ in range(5):
        await cancelled(world)
    outbox = outbox_stream(world.engine)
    assert await outbox.round() == 5
    assert await outbox.round() == 0
    stored = await rows(world)
    assert {row["state"] for row in stored} == {"ready"}
    assert all(row["last_error"].startswith("broker: ") for row in stored)
    await server.start()
    async with asyncio.timeout(30):
        while {row["state"] for row in await rows(world)} != {"delivered"}:
            world.clock.advance(seconds=1)
            await outbox.round()
            await asyncio.sleep(0.1)
    assert max(row["attempts"] for row in await rows(world)) <= 3
    assert len(await received(world, server)) == 5


async def test_monitoring_says_whether_the_broker_takes_messages(
    world: World, server: Server
) -> None:
    ready = (await world.api.get("/ready")).json()
    assert (ready["status"], ready["messages"]) == ("ready", "healthy")
    assert "payment_engine_broker_reached 1.0" in (await world.api.get("/metrics")).text
    await server.kill()
    await cancelled(world)
    await world.run_worker(rounds=1)
    ready = (await world.api.get("/ready")).json()
    assert (ready["status"], ready["messages"]) == ("ready", "waiting")
    assert "payment_engine_broker_reached 0.0" in (await world.api.get("/metrics")).text
    health = await world.get("/v1/admin/health", world.keys.admin_key)
    assert health.json()["gauges"]["broker_reached"] == [{"labels": {}, "value": 0.0}]
