"""Manual capture: captures, voids, second authorizations, and lost webhooks."""

import asyncio
from typing import Any

from tests.webhooks import (
    believe_webhooks,
    charges_looked_up,
    deliver_webhook,
    send_unproven_webhook,
)
from tests.world import JUSPAY, World

KEY = (JUSPAY["api_key"], "")


async def authorized_payment(world: World, **changes: Any) -> dict[str, Any]:
    """An authorized payment that is not captured yet."""
    payment = await world.open_payment(capture="manual", **changes)
    await world.customer_decides(await start_card_attempt(world, payment["id"]))
    return await world.wait_for_status(payment["id"], "authorized")


async def start_card_attempt(world: World, payment_id: str, **more: Any) -> dict[str, Any]:
    """An attempt by card."""
    token = await world.card_token()
    return await world.start_attempt(payment_id, method="card", card_token=token, **more)


async def test_a_capture_repeated_under_its_key_gets_the_same_answer(world: World) -> None:
    path = f"/v1/payments/{(await authorized_payment(world))['id']}/capture"
    first = await world.post(path, {"amount": 116400}, key="take-it")
    again = await world.post(path, {"amount": 116400}, key="take-it")
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.json() == first.json()


async def test_a_void_repeated_under_its_key_gets_the_same_answer(world: World) -> None:
    path = f"/v1/payments/{(await authorized_payment(world))['id']}/void"
    first = await world.post(path, key="let-go")
    again = await world.post(path, key="let-go")
    assert (again.status_code, again.json()) == (200, first.json())


async def test_voided_money_is_no_longer_authorized(world: World) -> None:
    payment = await authorized_payment(world)
    released = (await world.post(f"/v1/payments/{payment['id']}/void")).json()
    assert (released["status"], released["amount_authorized"]) == ("voided", 0)


async def test_a_voided_payment_offers_nothing_until_the_order_service_opens_another(
    world: World,
) -> None:
    payment = await world.open_payment(capture="manual")
    path, token = f"/v1/payments/{payment['id']}", payment["checkout"]["token"]
    await world.customer_decides(await start_card_attempt(world, payment["id"]))
    await world.wait_for_status(payment["id"], "authorized")
    released = (await world.post(f"{path}/void")).json()
    assert (released["status"], released["allowed_actions"]) == ("voided", [])
    body = {"method": "upi_intent", "client": {"platform": "android"}}
    refused = await world.post(f"{path}/attempts", body, token)
    assert (refused.status_code, refused.json()["code"]) == (409, "payment_not_open")
    methods = (await world.get(f"{path}/methods", token)).json()
    assert (methods["recommended"], methods["groups"]) == ([], [])
    again = await world.open_payment(order_id=payment["order_id"])
    assert (again["status"], again["allowed_actions"]) == ("open", ["attempt", "cancel"])
    assert again["id"] != payment["id"]


async def test_a_voided_payment_may_be_cancelled_by_the_order_service(world: World) -> None:
    payment = await authorized_payment(world)
    await world.post(f"/v1/payments/{payment['id']}/void")
    cancelled = await world.post(f"/v1/payments/{payment['id']}/cancel")
    assert (cancelled.status_code, cancelled.json()["status"]) == (200, "cancelled")


async def test_money_that_the_bank_released_is_the_same_as_a_void(world: World) -> None:
    payment = await authorized_payment(world)
    await deliver_webhook(world, payment["attempts"][0], status="VOIDED")
    current = await world.read_payment(payment["id"])
    assert (current["status"], current["allowed_actions"]) == ("voided", [])


async def released_unreported(world: World) -> dict[str, Any]:
    """A payment whose money was authorized and released at Juspay, which reported neither."""
    await world.script_mock("drop_webhook", times=100)
    payment = await world.open_payment(capture="manual")
    attempt = await start_card_attempt(world, payment["id"])
    await world.customer_decides(attempt)
    order = await world.mock.get(f"/juspay/orders/{attempt['id'].removeprefix('att_')}", auth=KEY)
    assert order.json()["status"] == "AUTHORIZED"
    void = await world.mock.post(f"/juspay/v2/txns/{order.json()['txn_uuid']}/void", auth=KEY)
    assert void.status_code == 200, void.text
    return payment


async def test_a_void_is_the_order_services_to_judge_even_if_no_authorization_was_reported(
    world: World,
) -> None:
    payment = await released_unreported(world)
    await world.run_worker(seconds=95, rounds=9)
    current = await world.read_payment(payment["id"])
    assert (current["status"], current["allowed_actions"]) == ("voided", [])
    kinds = [one["type"] for one in await world.notifications(payment["order_id"])]
    assert kinds.count("payment.voided") == 1
    assert "payment.failed_attempt" not in kinds


async def test_whoever_has_the_password_of_webhooks_closes_no_payment(world: World) -> None:
    payment = await world.open_payment(capture="manual")
    attempt = await start_card_attempt(world, payment["id"])
    await send_unproven_webhook(world, attempt, status="VOIDED")
    await charges_looked_up(world)
    assert (await world.read_payment(payment["id"]))["status"] == "pending"


async def test_money_that_arrives_after_the_void_is_sent_back(world: World) -> None:
    payment = await authorized_payment(world)
    await deliver_webhook(world, payment["attempts"][0], status="VOIDED")
    await deliver_webhook(world, payment["attempts"][0])
    current = await world.read_payment(payment["id"])
    assert (current["status"], current["attempts"][0]["conflict"]) == ("voided", "voided")
    assert [refund["reason"] for refund in current["refunds"]] == ["conflict_voided"]


async def test_a_payment_released_after_its_time_stays_voided(world: World) -> None:
    payment = await authorized_payment(world, expires_in=60)
    await world.run_worker(seconds=61)
    assert (await world.read_payment(payment["id"]))["status"] == "authorized"
    await world.post(f"/v1/payments/{payment['id']}/void")
    await world.run_worker(rounds=6)
    assert (await world.read_payment(payment["id"]))["status"] == "voided"
    kinds = [one["type"] for one in await world.notifications(payment["order_id"])]
    assert (kinds[-1], kinds.count("payment.voided")) == ("payment.voided", 1)


async def test_a_capture_without_a_webhook_is_found_by_polling(
    world: World,
) -> None:
    await world.script_mock("drop_webhook", times=100)
    payment = await world.open_payment()
    attempt = await world.start_attempt(payment["id"])
    await deliver_webhook(world, attempt, status="AUTHORIZED")
    assert (await world.read_payment(payment["id"]))["status"] == "authorized"
    await world.customer_decides(attempt)
    await world.run_worker(seconds=95)
    assert (await world.read_payment(payment["id"]))["status"] == "paid"


async def test_a_gateway_that_forgets_authorized_money_does_not_make_it_fail(world: World) -> None:
    payment = await authorized_payment(world)
    for status in ("NEW", "NOT_FOUND"):
        await world.script_mock("status", {"path": "*/orders/*", "method": "GET"}, status=status)
        await world.run_worker(seconds=1000)
    assert (await world.read_payment(payment["id"]))["status"] == "authorized"


async def test_money_authorized_for_manual_capture_is_not_put_under_review(world: World) -> None:
    payment = await authorized_payment(world)
    for _ in range(12):
        await world.run_worker(hours=10)
    current = await world.read_payment(payment["id"])
    assert (current["status"], current["attempts"][0]["review"]) == ("authorized", None)


async def test_a_second_authorization_is_voided_without_reporting_a_void_of_the_payment(
    world: World,
) -> None:
    payment = await world.open_payment(capture="manual")
    first = await start_card_attempt(world, payment["id"])
    second = await start_card_attempt(world, payment["id"], replaces=first["id"])
    await world.customer_decides(second)
    await world.wait_for_status(payment["id"], "authorized")
    await world.customer_decides(first)
    async with asyncio.timeout(15):
        while (await world.read_payment(payment["id"]))["attempts"][0]["status"] != "voided":
            await world.run_worker(seconds=1)
    current = await world.read_payment(payment["id"])
    assert (current["status"], current["amount_authorized"]) == ("authorized", 116400)
    await world.run_worker(rounds=9)
    kinds = [one["type"] for one in await world.notifications(payment["order_id"])]
    assert "payment.conflict" in kinds
    assert "payment.voided" not in kinds


async def test_a_conflicting_capture_after_the_payment_was_voided_is_refunded(
    world: World,
) -> None:
    payment = await world.open_payment(capture="manual")
    first = await start_card_attempt(world, payment["id"])
    second = await start_card_attempt(world, payment["id"], replaces=first["id"])
    await deliver_webhook(world, second, status="AUTHORIZED")
    await deliver_webhook(world, first, status="AUTHORIZED")
    await deliver_webhook(world, second, status="VOIDED")
    await deliver_webhook(world, first, status="CHARGED")
    current = await world.read_payment(payment["id"])
    assert (current["attempts"][0]["status"], current["amount_captured"]) == ("captured", 116400)
    assert [r["reason"] for r in current["refunds"]] == ["conflict_second_success"]


async def test_a_void_after_an_unanswered_capture_wins(world: World) -> None:
    payment = await authorized_payment(world)
    path = f"/v1/payments/{payment['id']}"
    await world.script_mock("http_status", {"path": "*/capture"}, status=500, when="before")
    assert (await world.post(f"{path}/capture", {"amount": 116400})).status_code == 202
    await world.script_mock("http_status", {"path": "*/void"}, status=500, when="before")
    assert (await world.post(f"{path}/void")).status_code == 202
    await world.run_worker(seconds=95)
    current = await world.read_payment(payment["id"])
    assert (current["attempts"][0]["status"], current["amount_captured"]) == ("voided", 0)


async def test_a_capture_that_took_the_money_and_was_refused_when_repeated_is_paid(
    world: World,
) -> None:
    payment = await authorized_payment(world)
    await world.script_mock("drop_webhook", times=100)
    path = f"/v1/payments/{payment['id']}/capture"
    await world.script_mock("http_status", {"path": "*/capture"}, status=500, when="after")
    await world.post(path, {"amount": 116400})
    again = await world.post(path, {"amount": 116400})
    assert (again.status_code, again.json()["status"]) == (200, "paid")
    assert again.json()["attempts"][0]["review"] is None


async def test_a_poll_refused_by_the_gateway_does_not_lose_the_capture(world: World) -> None:
    believe_webhooks(world)
    payment = await authorized_payment(world)
    path = f"/v1/payments/{payment['id']}/capture"
    await world.script_mock("http_status", {"path": "*/capture"}, status=500, when="before")
    assert (await world.post(path, {"amount": 116400})).status_code == 202
    await world.script_mock(
        "http_status", {"path": "*/orders/*", "method": "GET"}, status=401, times=2
    )
    await world.run_worker(seconds=95)
    assert (await world.read_payment(payment["id"]))["status"] == "authorized"
    await world.run_worker(seconds=1000)
    current = await world.read_payment(payment["id"])
    assert (current["status"], current["attempts"][0]["review"]) == ("paid", None)


async def test_a_refused_capture_is_put_under_review(world: World) -> None:
    payment = await authorized_payment(world)
    await world.script_mock("http_status", {"path": "*/capture"}, status=403, when="before")
    answer = await world.post(f"/v1/payments/{payment['id']}/capture", {"amount": 116400})
    assert answer.status_code == 202
    assert answer.json()["attempts"][0]["review"] == "capture refused: internal_error"


async def test_a_successful_capture_ends_the_review_of_a_refused_one(world: World) -> None:
    payment = await authorized_payment(world)
    await world.script_mock("http_status", {"path": "*/capture"}, status=403, when="before")
    path = f"/v1/payments/{payment['id']}/capture"
    await world.post(path, {"amount": 116400})
    current = (await world.post(path, {"amount": 116400})).json()
    assert (current["status"], current["attempts"][0]["review"]) == ("paid", None)
