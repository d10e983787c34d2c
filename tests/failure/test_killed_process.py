"""A process is killed in the middle of a call, and the call is repeated at another process."""

import asyncio
from typing import Any

import httpx

from tests.authorized import authorized_payment
from tests.processes import api_process
from tests.serving import http_client
from tests.world import World

UPI = {"method": "upi_intent", "client": {"platform": "android"}}
_AGE = (
    "UPDATE process SET heartbeat_at = heartbeat_at - interval '11 s' WHERE id <> $1 RETURNING id"
)


async def killed_during(world: World, path: str, body: Any, gateway_path: str, intent: str) -> None:
    """Another process gets this call under the key "k" and is killed while the gateway hangs.

    ``intent``: the statement that finds a row once the intent is committed.
    """
    script = {
        "match": {"path": gateway_path, "method": "POST"},
        "behaviour": {"kind": "hang", "seconds": 0.5, "when": "after"},
    }
    await world.mock.post("/control/scripts", json=script)
    async with api_process(world) as (api, url), http_client(url) as client:
        call = asyncio.create_task(client.post(path, json=body, headers=world.headers(key="k")))
        async with asyncio.timeout(10):
            while not await world.sql(intent):
                await asyncio.sleep(0.02)
        await asyncio.sleep(0.15)
        api.kill()
        await asyncio.gather(call, return_exceptions=True)


async def repeated(world: World, path: str, body: Any) -> tuple[httpx.Response, httpx.Response]:
    """The call again while the killed process seems alive, and once its heartbeat is too old."""
    running = await world.post(path, body, key="k")
    assert (running.status_code, running.json()["code"]) == (409, "idempotency_in_progress")
    assert running.headers["retry-after"]
    await world.sql(_AGE, world.engine.process_id)
    answers = await asyncio.gather(*(world.post(path, body, key="k") for _ in range(3)))
    assert len({(each.status_code, each.content) for each in answers}) == 1
    again = await world.post(path, body, key="k")
    assert again.content == answers[0].content
    return answers[0], again


async def test_an_attempt_of_a_killed_process_is_answered_and_not_charged_again(
    quiet_world: World,
) -> None:
    world = quiet_world
    payment = await world.open_payment()
    path = f"/v1/payments/{payment['id']}/attempts"
    await killed_during(world, path, UPI, "*/txns", "SELECT id FROM attempt")
    answer, _ = await repeated(world, path, UPI)
    assert (answer.status_code, answer.json()["attempt"]["status"]) == (201, "created")
    await asyncio.sleep(0.2)
    attempt = answer.json()["attempt"]
    await world.customer_decides(attempt)
    await world.run_worker(seconds=91)
    current = await world.read_payment(payment["id"])
    assert (current["status"], len(current["attempts"])) == ("paid", 1)
    assert sum(row["charged"] for row in (await world.ledger()).values()) == 116400


async def test_a_refund_of_a_killed_process_is_answered_and_sent_once(world: World) -> None:
    paid = await world.paid_payment()
    path, body = f"/v1/payments/{paid['id']}/refunds", {"amount": 400, "reason": "test"}
    await killed_during(world, path, body, "*/refunds", "SELECT id FROM refund")
    answer, _ = await repeated(world, path, body)
    assert answer.status_code == 201
    async with asyncio.timeout(10):
        while (await world.read_payment(paid["id"]))["amount_refunded"] != 400:
            await world.run_worker(seconds=95)
            await asyncio.sleep(0.05)
    assert sum(row["refunded"] for row in (await world.ledger()).values()) == 400


async def test_a_capture_of_a_killed_process_is_answered_and_sent_once(world: World) -> None:
    payment = await authorized_payment(world)
    path, body = f"/v1/payments/{payment['id']}/capture", {"amount": 116400}
    intent = "SELECT id FROM payment_event WHERE type = 'attempt.capture_asked'"
    await killed_during(world, path, body, "*/capture*", intent)
    answer, _ = await repeated(world, path, body)
    assert answer.status_code in (200, 202)
    await world.run_worker(seconds=95)
    current = await world.wait_for_status(payment["id"], "paid", 5)
    assert current["amount_captured"] == 116400
    assert sum(row["charged"] for row in (await world.ledger()).values()) == 116400
