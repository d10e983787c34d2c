"""Refunds about which the gateway is unclear, refuses to speak, or changes its mind."""

import asyncio
from typing import Any

from tests.webhooks import deliver_webhook
from tests.world import World


async def asked(world: World, paid: dict[str, Any], amount: int = 16400) -> dict[str, Any]:
    """A refund asked for."""
    path = f"/v1/payments/{paid['id']}/refunds"
    answer = await world.post(path, {"amount": amount, "reason": "test"})
    assert answer.status_code == 201, answer.text
    return dict(answer.json()["refund"])


async def kept(world: World) -> int:
    """What the customers of this world were charged, less what they got back."""
    return sum(row["charged"] - row["refunded"] for row in (await world.ledger()).values())


async def test_a_gateway_that_will_not_speak_of_a_refund_does_not_make_it_fail(
    world: World,
) -> None:
    paid = await world.paid_payment()
    await world.script_mock("drop_webhook", times=100)
    await world.script_mock("refund_hold")
    await asked(world, paid)
    await world.script_mock("http_status", {"path": "*/orders/*", "method": "GET"}, status=401)
    await world.run_worker(seconds=95)
    refund = (await world.read_payment(paid["id"]))["refunds"][0]
    assert refund["status"] == "pending"
    path = f"/v1/payments/{paid['id']}/refunds"
    more = await world.post(path, {"amount": 116400, "reason": "test"})
    assert more.json()["available"] == 100000


async def test_a_refusal_after_an_unknown_outcome_does_not_make_a_refund_fail_at_once(
    world: World,
) -> None:
    paid = await world.paid_payment()
    await world.script_mock("drop_webhook", times=100)
    await world.script_mock("http_status", {"path": "*/refunds"}, status=500, when="after")
    await asked(world, paid)
    stale = {"path": "*/orders/*", "method": "GET"}
    await world.script_mock("status", stale, status="CHARGED", times=1)
    await world.script_mock("http_status", {"path": "*/refunds"}, status=403, when="before")
    await world.sql("UPDATE refund SET ref = ref RETURNING id")
    await world.run_worker(seconds=95)
    async with asyncio.timeout(10):
        while (await world.read_payment(paid["id"]))["amount_refunded"] != 16400:
            await world.run_worker(seconds=400)
    assert await kept(world) == 100000


async def test_a_refusal_of_a_refund_that_may_have_been_sent_is_not_yet_a_failure(
    world: World,
) -> None:
    paid = await world.paid_payment()
    await world.script_mock("http_status", {"path": "*/refunds"}, status=500, when="before")
    await asked(world, paid)
    await world.script_mock(
        "http_status", {"path": "*/refunds"}, status=403, when="before", times=2
    )
    await world.run_worker(seconds=95)
    assert (await world.read_payment(paid["id"]))["refunds"][0]["status"] == "pending"
    await world.run_worker(seconds=2000)
    assert (await world.read_payment(paid["id"]))["refunds"][0]["status"] == "failed"


async def test_a_refund_in_manual_review_is_asked_about_until_it_is_settled(world: World) -> None:
    paid = await world.paid_payment()
    await world.script_mock("drop_webhook", times=100)
    await world.script_mock("refund_manual_review")
    refund = await asked(world, paid)
    await asyncio.sleep(0.2)
    await world.run_worker(seconds=95)
    assert (await world.read_payment(paid["id"]))["refunds"][0]["status"] == "manual_review"
    await world.mock.post(f"/control/refunds/{refund['id'].removeprefix('rfd_')}/succeed")
    await world.run_worker(hours=30)
    assert (await world.read_payment(paid["id"]))["amount_refunded"] == 16400


async def test_money_whose_automatic_refund_failed_can_be_refunded_by_the_shop(
    world: World,
) -> None:
    payment = await world.open_payment()
    attempt = await world.start_attempt(payment["id"])
    await world.post(f"/v1/payments/{payment['id']}/cancel")
    await world.script_mock("refund_failure")
    await world.customer_decides(attempt)
    async with asyncio.timeout(10):
        while not (seen := await world.read_payment(payment["id"]))["refunds"] or (
            seen["refunds"][0]["status"] != "failed"
        ):
            await world.run_worker(seconds=30)
            await asyncio.sleep(0.05)
    assert seen["attempts"][0]["review"] == "the automatic refund failed"
    assert seen["allowed_actions"] == ["refund"]
    await asked(world, seen, 116400)
    async with asyncio.timeout(10):
        while (await world.read_payment(payment["id"]))["amount_refunded"] != 116400:
            await world.run_worker(seconds=95)
            await asyncio.sleep(0.05)
    assert await kept(world) == 0


async def test_a_refund_that_bounces_gives_its_money_back_to_be_refunded_again(
    world: World,
) -> None:
    paid = await world.paid_payment()
    refund = await asked(world, paid, 116400)
    told = {"unique_request_id": refund["id"].removeprefix("rfd_"), "amount": 1164}
    await deliver_webhook(world, paid["attempts"][0], refunds=[{**told, "status": "SUCCESS"}])
    assert (await world.read_payment(paid["id"]))["amount_refunded"] == 116400
    await deliver_webhook(world, paid["attempts"][0], refunds=[{**told, "status": "FAILURE"}])
    seen = await world.read_payment(paid["id"])
    assert (seen["amount_refunded"], seen["allowed_actions"]) == (0, ["refund"])


async def test_a_refund_that_turns_out_paid_after_another_took_its_place_is_kept_and_reviewed(
    world: World,
) -> None:
    paid = await world.paid_payment()
    await world.script_mock("refund_hold", times=2)
    attempt = paid["attempts"][0]
    numbers = []
    for status in ("FAILURE", "SUCCESS"):
        refund = await asked(world, paid, 116400)
        told = {"unique_request_id": refund["id"].removeprefix("rfd_"), "amount": 1164}
        numbers.append(told)
        await deliver_webhook(world, attempt, refunds=[{**told, "status": status}])
    await deliver_webhook(world, attempt, refunds=[{**numbers[0], "status": "SUCCESS"}])
    seen = await world.read_payment(paid["id"])
    assert seen["amount_refunded"] == 2 * 116400
    assert seen["attempts"][0]["review"] == "refunded more than captured"
    await deliver_webhook(world, attempt, refunds=[{**numbers[0], "status": "FAILURE"}])
    assert (await world.read_payment(paid["id"]))["amount_refunded"] == 116400


async def test_a_refund_told_of_under_another_order_is_not_believed(world: World) -> None:
    paid, other = await world.paid_payment(), await world.paid_payment()
    await world.script_mock("refund_hold")
    refund = await asked(world, paid)
    told = {"unique_request_id": refund["id"].removeprefix("rfd_"), "status": "SUCCESS"}
    await deliver_webhook(world, other["attempts"][0], refunds=[told])
    seen = (await world.read_payment(paid["id"]))["refunds"][0]
    assert seen["status"] == "pending"
    rows = await world.sql("SELECT review FROM refund")
    assert rows == [{"review": "reference differs"}]


async def test_a_refund_that_we_did_not_ask_for_is_put_before_a_person(world: World) -> None:
    paid = await world.paid_payment()
    told = {"unique_request_id": "dashboard-17", "status": "SUCCESS", "amount": 100}
    await deliver_webhook(world, paid["attempts"][0], refunds=[told])
    seen = await world.read_payment(paid["id"])
    assert seen["attempts"][0]["review"] == "a refund that we did not ask for"
    assert seen["status"] == "paid"
