"""Money that comes twice, too late, or in the wrong amount (MOD-2, MOD-5, MOD-6)."""

import asyncio

from tests.world import World


async def replaced(world: World, payment_id: str, old: str) -> dict[str, object]:
    """A second attempt for which the customer gave up the first."""
    return await world.attempted(payment_id, replaces=old)


async def test_a_second_attempt_must_name_the_one_it_gives_up(world: World) -> None:
    payment = await world.opened()
    first = await world.attempted(payment["id"])
    asked = {"method": "upi_qr", "client": {"platform": "android"}}
    refused = await world.post(f"/v1/payments/{payment['id']}/attempts", asked)
    problem = refused.json()
    assert (refused.status_code, problem["code"]) == (409, "attempt_in_progress")
    assert [can["action"] for can in problem["allowed"]] == ["wait", "replace", "cancel"]
    assert problem["attempt"]["id"] == first["id"]
    await replaced(world, payment["id"], first["id"])


async def test_a_second_success_is_recorded_and_sent_back_mod_6(world: World) -> None:
    payment = await world.opened()
    first = await world.attempted(payment["id"])
    second = await replaced(world, payment["id"], first["id"])
    await world.decide(second)
    await world.until(payment["id"], "paid")
    await world.decide(first)
    async with asyncio.timeout(15):
        while (await world.read(payment["id"]))["amount_refunded"] != 116400:
            await world.work(seconds=30)
            await asyncio.sleep(0.1)
    seen = await world.read(payment["id"])
    assert seen["status"] == "paid"
    assert seen["amount_captured"] == 2 * 116400
    assert [a["conflict"] for a in seen["attempts"]] == ["second_success", None]
    assert [(r["automatic"], r["attempt_id"]) for r in seen["refunds"]] == [(True, first["id"])]
    ledger = await world.ledger()
    kept = sum(row["charged"] - row["refunded"] for row in ledger.values())
    assert kept == 116400


async def test_a_late_success_after_a_decline_pays_the_order_mod_2(world: World) -> None:
    payment = await world.opened()
    attempt = await world.attempted(payment["id"])
    await world.decide(attempt, "decline")
    await world.until(payment["id"], "open")
    await world.decide(attempt, "approve")
    seen = await world.until(payment["id"], "paid")
    assert seen["attempts"][0]["conflict"] is None


async def test_a_success_soon_after_expiry_is_honoured_mod_6(world: World) -> None:
    payment = await world.opened(expires_in=60)
    attempt = await world.attempted(payment["id"])
    await world.work(seconds=61)
    assert (await world.read(payment["id"]))["status"] == "expired"
    await world.decide(attempt)
    assert (await world.until(payment["id"], "paid"))["refunds"] == []


async def test_a_success_long_after_expiry_is_sent_back_mod_6(world: World) -> None:
    payment = await world.opened(expires_in=60)
    attempt = await world.attempted(payment["id"])
    await world.work(seconds=61)
    await world.work(seconds=601)
    await world.decide(attempt)
    seen = await _with_refund(world, payment["id"])
    assert (seen["status"], seen["attempts"][0]["conflict"]) == ("expired", "too_late")


async def test_a_success_on_a_cancelled_payment_is_sent_back_mod_6(world: World) -> None:
    payment = await world.opened()
    attempt = await world.attempted(payment["id"])
    cancelled = await world.post(f"/v1/payments/{payment['id']}/cancel")
    assert cancelled.json()["status"] == "cancelled"
    await world.decide(attempt)
    seen = await _with_refund(world, payment["id"])
    assert (seen["status"], seen["attempts"][0]["conflict"]) == ("cancelled", "cancelled")


async def test_a_success_on_a_superseded_payment_is_sent_back_mod_6(world: World) -> None:
    payment = await world.opened(expires_in=60)
    attempt = await world.attempted(payment["id"])
    await world.work(seconds=61)
    again = await world.opened(order_id=payment["order_id"])
    await world.decide(attempt)
    seen = await _with_refund(world, payment["id"])
    assert seen["attempts"][0]["conflict"] == "superseded"
    assert (await world.read(again["id"]))["status"] == "open"


async def test_a_wrong_amount_is_parked_for_a_person_and_never_paid_mod_5(world: World) -> None:
    payment = await world.opened()
    attempt = await world.attempted(payment["id"])
    await world.script("wrong_amount", {"event": "ORDER_SUCCEEDED"}, times=20)
    await world.decide(attempt)
    async with asyncio.timeout(10):
        while not (seen := await world.read(payment["id"]))["attempts"][0]["review"]:
            await asyncio.sleep(0.05)
    assert (seen["status"], seen["attempts"][0]["review"]) == ("pending", "amount differs")
    rows = await world.sql("SELECT data::text AS data FROM payment_event WHERE type = 'review'")
    assert '"ours"' in rows[0]["data"]
    await world.work()
    assert "payment.review" in [one["type"] for one in await world.heard(payment["order_id"])]
    assert "payment_engine_reviews_total" in (await world.api.get("/metrics")).text


async def test_a_refund_that_fails_frees_its_money_for_another(world: World) -> None:
    paid = await world.paid()
    await world.script("refund_failure")
    path = f"/v1/payments/{paid['id']}/refunds"
    first = await world.post(path, {"amount": 116400, "reason": "test"})
    assert first.status_code == 201
    async with asyncio.timeout(15):
        while (seen := await world.read(paid["id"]))["refunds"][0]["status"] != "failed":
            await world.work(seconds=60)
            await asyncio.sleep(0.05)
    assert seen["amount_refunded"] == 0
    again = await world.post(path, {"amount": 116400, "reason": "test"})
    assert again.status_code == 201, again.text


async def _with_refund(world: World, payment_id: str) -> dict[str, object]:
    async with asyncio.timeout(15):
        while not (seen := await world.read(payment_id))["amount_refunded"]:
            await world.work(seconds=30)
            await asyncio.sleep(0.1)
    return seen
