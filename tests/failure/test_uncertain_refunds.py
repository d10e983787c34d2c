"""Refunds whose outcome is missing, refused or reversed."""

import asyncio
from typing import Any

from tests.webhooks import deliver_webhook
from tests.world import World


async def request_refund(world: World, paid: dict[str, Any], amount: int = 16400) -> dict[str, Any]:
    """Request a refund."""
    path = f"/v1/payments/{paid['id']}/refunds"
    answer = await world.post(path, {"amount": amount, "reason": "test"})
    assert answer.status_code == 201, answer.text
    return dict(answer.json()["refund"])


async def net_charged(world: World) -> int:
    """What the gateways charged, less what they refunded."""
    return sum(row["charged"] - row["refunded"] for row in (await world.ledger()).values())


async def test_a_gateway_that_refuses_to_report_a_refund_does_not_make_it_fail(
    world: World,
) -> None:
    paid = await world.paid_payment()
    await world.script_mock("drop_webhook", times=100)
    await world.script_mock("refund_hold")
    await request_refund(world, paid)
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
    await request_refund(world, paid)
    stale = {"path": "*/orders/*", "method": "GET"}
    await world.script_mock("status", stale, status="CHARGED", times=1)
    await world.script_mock("http_status", {"path": "*/refunds"}, status=403, when="before")
    await world.sql("UPDATE refund SET ref = ref RETURNING id")
    await world.run_worker(seconds=95)
    await world.wait_for_refunded(paid["id"], 16400, seconds=400)
    assert await net_charged(world) == 100000


async def test_a_refusal_of_a_refund_that_may_have_been_sent_is_not_yet_a_failure(
    world: World,
) -> None:
    paid = await world.paid_payment()
    await world.script_mock("http_status", {"path": "*/refunds"}, status=500, when="before")
    await request_refund(world, paid)
    await world.script_mock(
        "http_status", {"path": "*/refunds"}, status=403, when="before", times=2
    )
    await world.run_worker(seconds=95)
    assert (await world.read_payment(paid["id"]))["refunds"][0]["status"] == "pending"
    await world.run_worker(seconds=2000)
    assert (await world.read_payment(paid["id"]))["refunds"][0]["status"] == "failed"


async def test_a_refund_in_manual_review_is_polled_until_it_is_decided(world: World) -> None:
    paid = await world.paid_payment()
    await world.script_mock("drop_webhook", times=100)
    await world.script_mock("refund_manual_review")
    refund = await request_refund(world, paid)
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
        while not (current := await world.read_payment(payment["id"]))["refunds"] or (
            current["refunds"][0]["status"] != "failed"
        ):
            await world.run_worker(seconds=30)
            await asyncio.sleep(0.05)
    assert current["attempts"][0]["review"] == "the automatic refund failed"
    assert current["allowed_actions"] == ["refund"]
    await request_refund(world, current, 116400)
    await world.wait_for_refunded(payment["id"], 116400, seconds=95)
    assert await net_charged(world) == 0


async def test_a_bounced_refund_can_be_refunded_again(
    world: World,
) -> None:
    paid = await world.paid_payment()
    await world.script_mock("drop_webhook", times=10)
    refund = await request_refund(world, paid, 116400)
    fields = {"unique_request_id": refund["id"].removeprefix("rfd_"), "amount": 1164}
    await deliver_webhook(world, paid["attempts"][0], refunds=[{**fields, "status": "SUCCESS"}])
    assert (await world.read_payment(paid["id"]))["amount_refunded"] == 116400
    await deliver_webhook(world, paid["attempts"][0], refunds=[{**fields, "status": "FAILURE"}])
    current = await world.read_payment(paid["id"])
    assert (current["amount_refunded"], current["allowed_actions"]) == (0, ["refund"])


async def test_a_refund_that_succeeds_after_it_was_replaced_goes_to_review(
    world: World,
) -> None:
    paid = await world.paid_payment()
    await world.script_mock("refund_hold", times=2)
    attempt = paid["attempts"][0]
    numbers = []
    for status in ("FAILURE", "SUCCESS"):
        refund = await request_refund(world, paid, 116400)
        fields = {"unique_request_id": refund["id"].removeprefix("rfd_"), "amount": 1164}
        numbers.append(fields)
        await deliver_webhook(world, attempt, refunds=[{**fields, "status": status}])
    await deliver_webhook(world, attempt, refunds=[{**numbers[0], "status": "SUCCESS"}])
    current = await world.read_payment(paid["id"])
    assert current["amount_refunded"] == 2 * 116400
    assert current["attempts"][0]["review"] == "refunded more than captured"
    await deliver_webhook(world, attempt, refunds=[{**numbers[0], "status": "FAILURE"}])
    assert (await world.read_payment(paid["id"]))["amount_refunded"] == 116400


async def test_a_refund_reported_for_another_order_is_not_applied(world: World) -> None:
    paid, other = await world.paid_payment(), await world.paid_payment()
    await world.script_mock("refund_hold")
    refund = await request_refund(world, paid)
    fields = {"unique_request_id": refund["id"].removeprefix("rfd_"), "status": "SUCCESS"}
    await deliver_webhook(world, other["attempts"][0], refunds=[fields])
    current = (await world.read_payment(paid["id"]))["refunds"][0]
    assert current["status"] == "pending"
    other_attempt = (await world.read_payment(other["id"]))["attempts"][0]
    assert other_attempt["review"] == "a refund that we did not ask for"


async def test_a_refund_that_we_did_not_ask_for_counts_in_the_books(world: World) -> None:
    paid = await world.paid_payment()
    fields = {"unique_request_id": "dashboard-17", "status": "SUCCESS", "amount": 100}
    await deliver_webhook(world, paid["attempts"][0], refunds=[fields])
    current = await world.read_payment(paid["id"])
    assert (current["amount_refunded"], current["refunds"][0]["source"]) == (10000, "gateway")
    assert (current["status"], current["attempts"][0]["review"]) == ("paid", None)
