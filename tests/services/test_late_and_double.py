"""Money that arrives twice, too late or in the wrong amount."""

import asyncio

from tests.webhooks import believe_webhooks
from tests.world import World


async def replace_attempt(world: World, payment_id: str, old: str) -> dict[str, object]:
    """A second attempt that replaces the first."""
    return await world.start_attempt(payment_id, replaces=old)


async def test_a_second_attempt_must_name_the_one_it_replaces(world: World) -> None:
    payment = await world.open_payment()
    first = await world.start_attempt(payment["id"])
    body = {"method": "upi_qr", "client": {"platform": "android"}}
    refused = await world.post(f"/v1/payments/{payment['id']}/attempts", body)
    problem = refused.json()
    assert (refused.status_code, problem["code"]) == (409, "attempt_in_progress")
    assert [can["action"] for can in problem["allowed"]] == ["wait", "replace", "cancel"]
    assert problem["attempt"]["id"] == first["id"]
    await replace_attempt(world, payment["id"], first["id"])


async def test_a_second_success_is_recorded_and_refunded(world: World) -> None:
    payment = await world.open_payment()
    first = await world.start_attempt(payment["id"])
    second = await replace_attempt(world, payment["id"], first["id"])
    await world.customer_decides(second)
    await world.wait_for_status(payment["id"], "paid")
    await world.customer_decides(first)
    await world.wait_for_refunded(payment["id"], 116400, seconds=30)
    current = await world.read_payment(payment["id"])
    assert current["status"] == "paid"
    assert current["amount_captured"] == 2 * 116400
    assert [a["conflict"] for a in current["attempts"]] == ["second_success", None]
    assert [(r["automatic"], r["attempt_id"]) for r in current["refunds"]] == [(True, first["id"])]
    ledger = await world.ledger()
    net = sum(row["charged"] - row["refunded"] for row in ledger.values())
    assert net == 116400


async def test_a_late_success_after_a_decline_pays_the_order(world: World) -> None:
    payment = await world.open_payment()
    attempt = await world.start_attempt(payment["id"])
    await world.customer_decides(attempt, "decline")
    await world.wait_for_status(payment["id"], "open")
    await world.customer_decides(attempt, "approve")
    current = await world.wait_for_status(payment["id"], "paid")
    assert current["attempts"][0]["conflict"] is None


async def test_a_success_soon_after_expiry_is_honoured(world: World) -> None:
    payment = await world.open_payment(expires_in=60)
    attempt = await world.start_attempt(payment["id"])
    await world.run_worker(seconds=61)
    assert (await world.read_payment(payment["id"]))["status"] == "expired"
    await world.customer_decides(attempt)
    assert (await world.wait_for_status(payment["id"], "paid"))["refunds"] == []


async def test_a_success_long_after_expiry_is_refunded(world: World) -> None:
    payment = await world.open_payment(expires_in=60)
    attempt = await world.start_attempt(payment["id"])
    await world.run_worker(seconds=61)
    await world.run_worker(seconds=601)
    await world.customer_decides(attempt)
    current = await _with_refund(world, payment["id"])
    assert (current["status"], current["attempts"][0]["conflict"]) == ("expired", "too_late")


async def test_a_success_on_a_cancelled_payment_is_refunded(world: World) -> None:
    payment = await world.open_payment()
    attempt = await world.start_attempt(payment["id"])
    cancelled = await world.post(f"/v1/payments/{payment['id']}/cancel")
    assert cancelled.json()["status"] == "cancelled"
    await world.customer_decides(attempt)
    current = await _with_refund(world, payment["id"])
    assert (current["status"], current["attempts"][0]["conflict"]) == ("cancelled", "cancelled")


async def test_a_success_on_a_superseded_payment_is_refunded(world: World) -> None:
    payment = await world.open_payment(expires_in=60)
    attempt = await world.start_attempt(payment["id"])
    await world.run_worker(seconds=61)
    again = await world.open_payment(order_id=payment["order_id"])
    await world.customer_decides(attempt)
    current = await _with_refund(world, payment["id"])
    assert current["attempts"][0]["conflict"] == "superseded"
    assert (await world.read_payment(again["id"]))["status"] == "open"


async def test_a_success_with_a_wrong_amount_goes_to_review_and_never_pays(world: World) -> None:
    believe_webhooks(world)
    payment = await world.open_payment()
    attempt = await world.start_attempt(payment["id"])
    await world.script_mock("wrong_amount", {"event": "ORDER_SUCCEEDED"}, times=20)
    await world.customer_decides(attempt)
    async with asyncio.timeout(10):
        while not (current := await world.read_payment(payment["id"]))["attempts"][0]["review"]:
            await asyncio.sleep(0.05)
    assert (current["status"], current["attempts"][0]["review"]) == ("pending", "amount differs")
    rows = await world.sql("SELECT data::text AS data FROM payment_event WHERE type = 'review'")
    assert '"ours"' in rows[0]["data"]
    await world.run_worker()
    assert "payment.review" in [
        one["type"] for one in await world.notifications(payment["order_id"])
    ]
    assert "payment_engine_reviews_total" in (await world.api.get("/metrics")).text


async def test_a_refund_that_fails_frees_its_money_for_another(world: World) -> None:
    paid = await world.paid_payment()
    await world.script_mock("refund_failure")
    path = f"/v1/payments/{paid['id']}/refunds"
    first = await world.post(path, {"amount": 116400, "reason": "test"})
    assert first.status_code == 201
    async with asyncio.timeout(15):
        while (current := await world.read_payment(paid["id"]))["refunds"][0]["status"] != "failed":
            await world.run_worker(seconds=60)
            await asyncio.sleep(0.05)
    assert current["amount_refunded"] == 0
    again = await world.post(path, {"amount": 116400, "reason": "test"})
    assert again.status_code == 201, again.text


async def _with_refund(world: World, payment_id: str) -> dict[str, object]:
    async with asyncio.timeout(15):
        while not (current := await world.read_payment(payment_id))["amount_refunded"]:
            await world.run_worker(seconds=30)
            await asyncio.sleep(0.1)
    return current
