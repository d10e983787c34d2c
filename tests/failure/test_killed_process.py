"""A process is killed in the middle of a call, and the call is repeated at another process."""

import asyncio
from typing import Any

import httpx

from payment_engine.domain.gateway import NotSent, Unknown
from tests.authorized import authorized_payment
from tests.processes import api_process
from tests.second_gateway import add_gateway
from tests.services.test_failover import prefer
from tests.serving import http_client
from tests.world import World

UPI = {"method": "upi_intent", "client": {"platform": "android"}}
COLLECT = {"method": "upi_collect", "vpa": "asha@okaxis", "client": {"platform": "ios"}}
_CHECKED_TWICE = (
    "UPDATE attempt SET checks = 2, checked_at = now(), next_action = NULL RETURNING id"
)
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
    answer = next(each for each in answers if each.status_code != 409)
    others = [each for each in answers if each.content != answer.content]
    assert {each.json()["code"] for each in others} <= {"idempotency_in_progress"}
    again = await world.post(path, body, key="k")
    assert again.content == answer.content
    return answer, again


async def killed_attempt(world: World) -> tuple[str, dict[str, Any], httpx.Response]:
    """The payment, the attempt of a killed process, and the answer to the repeated call."""
    payment = await world.open_payment()
    path = f"/v1/payments/{payment['id']}/attempts"
    await killed_during(world, path, UPI, "*/txns", "SELECT id FROM attempt")
    [orphan] = (await world.read_payment(payment["id"]))["attempts"]
    answer, _ = await repeated(world, path, UPI)
    return payment["id"], orphan, answer


async def test_a_customer_whose_attempt_was_cut_short_gets_one_that_can_be_paid(
    quiet_world: World,
) -> None:
    world = quiet_world
    payment_id, orphan, answer = await killed_attempt(world)
    attempt = answer.json()["attempt"]
    assert (answer.status_code, attempt["status"]) == (201, "pending")
    assert attempt["next_action"]["uri"]
    assert attempt["id"] != orphan["id"]
    await world.customer_decides(attempt)
    await world.run_worker(seconds=91)
    current = await world.read_payment(payment_id)
    assert (current["status"], len(current["attempts"])) == ("paid", 2)
    assert await charged(world) == 116400


async def test_money_on_an_attempt_that_was_cut_short_is_a_late_success(
    quiet_world: World,
) -> None:
    world = quiet_world
    payment_id, orphan, answer = await killed_attempt(world)
    await world.customer_decides(orphan)
    await world.run_worker(seconds=91)
    current = await world.read_payment(payment_id)
    assert (current["status"], current["attempts"][0]["status"]) == ("paid", "captured")
    await world.customer_decides(answer.json()["attempt"])
    async with asyncio.timeout(10):
        while await charged(world) != 116400:
            await world.run_worker(seconds=91)


async def test_an_attempt_that_was_paid_meanwhile_is_answered_as_paid(quiet_world: World) -> None:
    world = quiet_world
    payment = await world.open_payment()
    path = f"/v1/payments/{payment['id']}/attempts"
    await killed_during(world, path, UPI, "*/txns", "SELECT id FROM attempt")
    [orphan] = (await world.read_payment(payment["id"]))["attempts"]
    await world.customer_decides(orphan)
    answer, _ = await repeated(world, path, UPI)
    attempt = answer.json()["attempt"]
    assert (attempt["id"], attempt["status"]) == (orphan["id"], "captured")
    assert await charged(world) == 116400


async def never_sent(world: World, body: Any = UPI) -> tuple[str, dict[str, Any]]:
    """The path of an attempt whose process died before it called Juspay, and the attempt."""
    await world.script_mock("http_status", {"path": "*/txns"}, status=500, when="before")
    return await cut_short(world, body)


async def cut_short(world: World, body: Any = UPI) -> tuple[str, dict[str, Any]]:
    """The path of an attempt whose process died once its gateway had answered, and the attempt."""
    payment = await world.open_payment()
    path = f"/v1/payments/{payment['id']}/attempts"
    first = await world.post(path, body, key="k")
    await world.sql(
        "UPDATE idempotency_key SET response = NULL, status_code = NULL, process_id = NULL "
        "WHERE key LIKE '%k' RETURNING id"
    )
    return path, first.json()["attempt"]


async def test_a_charge_that_its_gateway_never_got_is_sent_again_under_its_reference(
    quiet_world: World,
) -> None:
    path, orphan = await never_sent(quiet_world)
    attempt = (await quiet_world.post(path, UPI, key="k")).json()["attempt"]
    assert (attempt["id"], attempt["status"]) == (orphan["id"], "pending")
    assert attempt["next_action"]["uri"]


async def test_where_a_repeat_is_not_safe_another_attempt_is_made(quiet_world: World) -> None:
    gateway = quiet_world.engine.gateways["juspay"]
    gateway.config = gateway.config.model_copy(update={"order_with_payment": False})
    path, orphan = await never_sent(quiet_world)
    attempt = (await quiet_world.post(path, UPI, key="k")).json()["attempt"]
    assert attempt["id"] != orphan["id"]
    assert attempt["next_action"]["uri"]


async def test_an_orphan_that_cannot_be_looked_up_is_not_charged_again_yet(
    quiet_world: World,
) -> None:
    world = quiet_world
    path, orphan = await never_sent(world)
    await world.script_mock("http_status", {"path": "*/orders/*", "method": "GET"}, status=500)
    refused = await world.post(path, UPI, key="k")
    assert (refused.status_code, refused.json()["code"]) == (503, "unavailable")
    attempt = (await world.post(path, UPI, key="k")).json()["attempt"]
    assert (attempt["id"], attempt["status"]) == (orphan["id"], "pending")


async def without_a_check_left(world: World, body: Any) -> tuple[dict[str, Any], httpx.Response]:
    """An orphan whose gateway answers no look as long as it may be looked up, and the answer to the
    repetition after that."""
    path, orphan = await never_sent(world, body)
    looks = {"path": "*/orders/*", "method": "GET"}
    await world.script_mock("http_status", looks, times=9, status=500)
    refused = await world.post(path, body, key="k")
    assert (refused.status_code, refused.json()["code"]) == (503, "unavailable")
    answer = await world.post(path, body, key="k")
    if answer.status_code == 503:
        answer = await world.post(path, body, key="k")
    again = await world.post(path, body, key="k")
    assert again.content == answer.content
    return orphan, answer


async def test_an_orphan_that_may_not_be_looked_up_again_is_replaced(quiet_world: World) -> None:
    orphan, answer = await without_a_check_left(quiet_world, UPI)
    attempt = answer.json()["attempt"]
    assert (answer.status_code, attempt["status"]) == (201, "pending")
    assert attempt["next_action"]["uri"]
    assert attempt["id"] != orphan["id"]


async def test_a_collect_request_that_may_not_be_looked_up_again_is_answered_as_it_stands(
    quiet_world: World,
) -> None:
    orphan, answer = await without_a_check_left(quiet_world, COLLECT)
    attempt = answer.json()["attempt"]
    assert (answer.status_code, attempt["status"]) == (201, "pending")
    assert attempt["id"] == orphan["id"]


async def test_a_charge_that_cannot_be_repeated_now_is_not_moved_to_another_gateway(
    quiet_world: World,
) -> None:
    world = quiet_world
    lost, refused = Unknown("no answer"), NotSent("ConnectError")
    add_gateway(world, "second", lost, refused)
    await prefer(world, "second")
    path, orphan = await cut_short(world)
    answer = await world.post(path, UPI, key="k")
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert answer.headers["retry-after"]
    attempt = (await world.post(path, UPI, key="k")).json()["attempt"]
    assert (attempt["id"], attempt["gateway"]) == (orphan["id"], "second")
    assert (attempt["status"], attempt["next_action"]["kind"]) == ("pending", "upi_intent")


async def test_a_collect_request_that_the_customer_has_is_not_sent_twice(
    quiet_world: World,
) -> None:
    world = quiet_world
    payment = await world.open_payment()
    path = f"/v1/payments/{payment['id']}/attempts"
    body = COLLECT
    await killed_during(world, path, body, "*/txns", "SELECT id FROM attempt")
    answer, _ = await repeated(world, path, body)
    current = await world.read_payment(payment["id"])
    assert [each["status"] for each in current["attempts"]] == ["pending"]
    assert answer.json()["attempt"]["id"] == current["attempts"][0]["id"]


async def charged(world: World) -> int:
    """What the gateways charged, less what they refunded."""
    return sum(row["charged"] - row["refunded"] for row in (await world.ledger()).values())


async def test_a_refund_of_a_killed_process_is_answered_and_sent_once(world: World) -> None:
    paid = await world.paid_payment()
    path, body = f"/v1/payments/{paid['id']}/refunds", {"amount": 400, "reason": "test"}
    await killed_during(world, path, body, "*/refunds", "SELECT id FROM refund")
    answer, _ = await repeated(world, path, body)
    assert answer.status_code == 201
    await world.wait_for_refunded(paid["id"], 400, seconds=95)
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
