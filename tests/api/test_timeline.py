"""The timeline of a payment: verdict, attempts with their numbers, and what happened."""

import asyncio
from typing import Any

import httpx

from payment_engine.services.webhooks import inbox
from tests.services.test_actions import REASON, act
from tests.webhooks import WEBHOOK_AUTH, basic, webhook_body
from tests.world import World


async def read(world: World, payment_id: str) -> dict[str, Any]:
    path = f"/v1/admin/payments/{payment_id}/timeline"
    answer = await world.get(path, world.keys.admin_key)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def entries(world: World, payment_id: str, what: str) -> list[dict[str, Any]]:
    """Entries of that name, once the raw log has written them."""
    async with asyncio.timeout(15):
        while True:
            rows = (await read(world, payment_id))["timeline"]
            if found := [row for row in rows if row["what"] == what]:
                return found
            await asyncio.sleep(0.05)


async def test_a_gateway_that_does_not_answer_leaves_an_unknown_with_its_next_check(
    world: World,
) -> None:
    payment = await world.open_payment()
    await world.script_mock("reset", {"path": "/juspay/*"}, times=20, when="before")
    attempt = await world.start_attempt(payment["id"])
    found = await read(world, payment["id"])
    verdict = found["verdict"]
    assert verdict["outcome"] == "unknown"
    assert "juspay has not answered (reset)" in verdict["sentence"]
    assert verdict["subject"] == attempt["id"]
    assert verdict["next_at_ist"].endswith("+05:30")
    (planned,) = await world.sql("SELECT run_at FROM job WHERE kind = 'check_charge'")
    assert verdict["next_at"][:23] == planned["run_at"].isoformat()[:23]
    assert found["attempts"][0]["next_at"] == verdict["next_at"]


async def test_a_paid_payment_names_all_numbers_of_its_gateway(world: World) -> None:
    paid = await world.paid_payment()
    found = await read(world, paid["id"])
    assert found["verdict"]["sentence"].startswith("Paid: ₹1,164.00 by upi_intent through juspay")
    assert found["verdict"]["actor"] == "nobody"
    (attempt,) = found["attempts"]
    assert attempt["reference"] == attempt["id"].removeprefix("att_")
    assert attempt["gateway_payment_id"]
    assert attempt["gateway_status"] == "CHARGED"
    assert (attempt["number"], attempt["refunds"]) == (1, [])


async def test_refunds_are_with_their_attempt_and_a_bounced_one_is_the_verdict(
    world: World,
) -> None:
    paid = await world.paid_payment()
    body = {"amount": 5000, "reason": "returned"}
    answer = await world.post(f"/v1/payments/{paid['id']}/refunds", body)
    refund_id = answer.json()["refund"]["id"]
    found = await read(world, paid["id"])
    (refund,) = found["attempts"][0]["refunds"]
    assert refund["id"] == refund_id
    assert refund["reference"] == refund_id.removeprefix("rfd_")
    of_refund = [row for row in found["timeline"] if row.get("refund_id") == refund_id]
    assert {row["attempt_id"] for row in of_refund} == {found["attempts"][0]["id"]}


async def test_each_entry_has_the_time_since_the_one_before_and_its_request(world: World) -> None:
    payment = await world.open_payment()
    headers = {**world.headers(), "x-request-id": "order-service-4711"}
    body = {"method": "upi_intent", "client": {"platform": "android"}}
    await world.api.post(f"/v1/payments/{payment['id']}/attempts", json=body, headers=headers)
    (call,) = await entries(world, payment["id"], "juspay start_order")
    rows = (await read(world, payment["id"]))["timeline"]
    assert call["request_id"]
    assert rows[0]["since_previous_ms"] is None
    assert all(row["since_previous_ms"] >= 0 for row in rows[1:])


async def test_a_webhook_is_named_by_its_id_and_what_became_of_it(world: World) -> None:
    paid = await world.paid_payment()
    (notice,) = await entries(world, paid["id"], "juspay notice:ORDER_SUCCEEDED")
    stored = await world.sql("SELECT id FROM inbox_notice WHERE kind = 'ORDER_SUCCEEDED'")
    assert [notice["webhook_id"]] == [row["id"] for row in stored]
    assert notice["detail"]["webhook"].startswith("applied at ")
    outcome = await act(world, f"notices/{notice['webhook_id']}/replay")
    assert outcome["verified"] is True


async def test_a_webhook_that_verified_only_later_is_in_the_timeline(world: World) -> None:
    await world.script_mock("drop_webhook", times=10)
    payment = await world.open_payment()
    attempt = await world.start_attempt(payment["id"])
    body = webhook_body(attempt)
    refused = await deliver(world, body, "wrong")
    assert refused.status_code == 401
    rows = (await read(world, payment["id"]))["timeline"]
    assert not [row for row in rows if row["kind"] == "notice"]
    await world.sql(
        "UPDATE quarantined SET sealed = $1 RETURNING id",
        await resealed(world, {"authorization": basic(*WEBHOOK_AUTH)}, body),
    )
    assert (await act(world, "quarantine/reverify"))["verified"] == 1
    (later,) = await entries(world, payment["id"], "juspay reverified:ORDER_SUCCEEDED")
    assert later["attempt_id"] == attempt["id"]
    assert later["detail"]["webhook"] == "stored, not applied yet"
    await world.run_worker()
    (later,) = await entries(world, payment["id"], "juspay reverified:ORDER_SUCCEEDED")
    assert later["detail"]["webhook"].startswith("applied at ")


async def deliver(world: World, body: bytes, password: str) -> httpx.Response:
    path, auth = "/v1/juspay/webhook", (WEBHOOK_AUTH[0], password)
    return await world.api.post(path, content=body, auth=auth)


async def resealed(world: World, headers: dict[str, str], body: bytes) -> bytes:
    """What is quarantined, as if our key had been the wrong one."""
    (row,) = await world.sql("SELECT id FROM quarantined")
    return world.engine.sealer.seal(inbox.packed(headers, body), row["id"])


async def test_an_event_that_came_before_is_named_as_a_repetition(world: World) -> None:
    await world.script_mock("drop_webhook", times=10)
    payment = await world.open_payment()
    attempt = await world.start_attempt(payment["id"])
    body = webhook_body(attempt)
    for _ in range(2):
        assert (await deliver(world, body, WEBHOOK_AUTH[1])).status_code == 200
    async with asyncio.timeout(15):
        while True:
            found = await entries(world, payment["id"], "juspay notice:ORDER_SUCCEEDED")
            if len(found) == 2:
                break
    states = [row["detail"]["webhook"] for row in found]
    assert states[0].startswith("applied at ")
    assert states[1] == "received before, or deleted in time"


async def test_an_action_of_a_person_is_with_its_attempt(world: World) -> None:
    payment = await world.open_payment()
    attempt = await world.start_attempt(payment["id"])
    await act(world, f"attempts/{attempt['id']}/sync", dry_run=True)
    (entry,) = await entries(world, payment["id"], "attempt.sync")
    assert (entry["kind"], entry["attempt_id"]) == ("action", attempt["id"])
    assert entry["detail"]["reason"] == REASON["reason"]


async def test_a_suspended_job_and_dead_messages_are_reported(world: World) -> None:
    payment = await world.open_payment()
    attempt = await world.start_attempt(payment["id"])
    await world.sql(
        "UPDATE job SET held_at = now(), last_error = 'KeyError' WHERE kind = 'check_charge' "
        "RETURNING id"
    )
    await world.sql("UPDATE outbox_message SET state = 'dead' RETURNING id")
    found = await read(world, payment["id"])
    verdict = found["verdict"]
    assert verdict["sentence"] == f"The job check_charge of {attempt['id']} is suspended: KeyError."
    assert "1 message to the order service was given up" in verdict["also"][-1]
    assert [row["what"] for row in found["timeline"] if row["urgent"]]
