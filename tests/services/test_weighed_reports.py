"""Reports are weighed: by what proves them, by how fresh they are, by what stands beside them."""

import asyncio
from itertools import permutations
from typing import Any

import pytest

from tests.people import key_of
from tests.services.test_actions import act
from tests.webhooks import charges_looked_up, deliver_webhook, send_unproven_webhook
from tests.world import JUSPAY, World

API_KEY = (JUSPAY["api_key"], "")


async def started(world: World) -> tuple[str, dict[str, Any]]:
    """A payment whose gateway sends no webhooks, and its attempt."""
    await world.script_mock("drop_webhook", times=200)
    payment = await world.open_payment()
    return payment["id"], await world.start_attempt(payment["id"])


async def only_attempt(world: World, payment_id: str) -> dict[str, Any]:
    (attempt,) = (await world.read_payment(payment_id))["attempts"]
    return dict(attempt)


async def refund_in_dashboard(world: World, attempt: dict[str, Any], rupees: int) -> None:
    ref = attempt["id"].removeprefix("att_")
    answer = await world.mock.post(
        f"/juspay/orders/{ref}/refunds",
        data={"unique_request_id": "dashboard1", "amount": str(rupees)},
        auth=API_KEY,
    )
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("status", ["CHARGED", "AUTHORIZED", "AUTO_REFUNDED"])
async def test_whoever_has_the_password_of_webhooks_invents_no_money(
    world: World, status: str
) -> None:
    payment_id, attempt = await started(world)
    answer = await send_unproven_webhook(world, attempt, status=status)
    assert answer.status_code == 200
    await charges_looked_up(world)
    await world.run_worker()
    current = await world.read_payment(payment_id)
    assert (current["status"], current["attempts"][0]["status"]) == ("pending", "pending")
    kinds = [one["type"] for one in await world.notifications(current["order_id"])]
    assert not {"payment.paid", "payment.authorized", "payment.conflict"} & set(kinds)


async def test_a_success_by_password_counts_once_the_gateway_confirms_it(world: World) -> None:
    payment_id, attempt = await started(world)
    await world.customer_decides(attempt)
    await send_unproven_webhook(world, attempt)
    assert (await world.wait_for_status(payment_id, "paid"))["amount_captured"] == 116400


async def test_a_webhook_is_acknowledged_although_the_gateway_does_not_confirm_it(
    world: World,
) -> None:
    payment_id, attempt = await started(world)
    await world.customer_decides(attempt)
    await world.script_mock("http_status", {"path": "*/orders/*"}, status=500, when="before")
    assert (await send_unproven_webhook(world, attempt)).status_code == 200
    await charges_looked_up(world)
    assert (await world.read_payment(payment_id))["status"] == "pending"
    await world.run_worker(seconds=601)
    assert (await world.read_payment(payment_id))["status"] == "paid"


async def test_a_refund_invented_by_password_is_not_counted(world: World) -> None:
    payment_id, attempt = await started(world)
    await world.customer_decides(attempt)
    await world.run_worker(seconds=95)
    invented = {"unique_request_id": "invented1", "status": "SUCCESS", "amount": 1164}
    await send_unproven_webhook(world, attempt, refunds=[invented])
    await charges_looked_up(world)
    current = await world.read_payment(payment_id)
    assert (current["amount_refunded"], current["refunds"]) == (0, [])


async def test_a_sync_that_contradicts_a_success_parks_it_and_one_that_agrees_ends_that(
    world: World,
) -> None:
    payment_id, attempt = await started(world)
    await deliver_webhook(world, attempt)
    outcome = await act(world, f"attempts/{attempt['id']}/sync")
    assert (outcome["after"], outcome["review"]) == ("captured", "contradicts what was known")
    await world.run_worker()
    order_id = (await world.read_payment(payment_id))["order_id"]
    assert "payment.review" in [one["type"] for one in await world.notifications(order_id)]
    await world.customer_decides(attempt)
    outcome = await act(world, f"attempts/{attempt['id']}/sync")
    assert (outcome["after"], outcome["review"]) == ("captured", None)


async def test_a_success_of_a_charge_that_was_never_started_is_contradicted(world: World) -> None:
    payment = await world.open_payment()
    await world.script_mock("http_status", {"path": "*/txns"}, status=500, when="before", times=5)
    attempt = await world.start_attempt(payment["id"])
    await deliver_webhook(world, attempt)
    outcome = await act(world, f"attempts/{attempt['id']}/sync")
    assert (outcome["after"], outcome["review"]) == ("captured", "contradicts what was known")


@pytest.mark.parametrize("order", list(permutations(["PENDING_VBV", "FAILED", "CHARGED", "again"])))
async def test_no_order_of_webhooks_leaves_a_good_payment_in_review(
    world: World, order: tuple[str, ...]
) -> None:
    payment_id, attempt = await started(world)
    await world.customer_decides(attempt)
    for status in order:
        names = {"FAILED": "AUTHORIZATION_FAILED", "again": "CHARGED"}
        await deliver_webhook(world, attempt, status=names.get(status, status))
    await charges_looked_up(world)
    current = await world.read_payment(payment_id)
    assert (current["status"], current["attempts"][0]["review"]) == ("paid", None)


@pytest.mark.parametrize("other", [{"amount": 1}, {"merchant_id": "another"}])
async def test_a_failure_of_something_else_is_not_believed(
    world: World, other: dict[str, object]
) -> None:
    payment_id, attempt = await started(world)
    await deliver_webhook(world, attempt, status="AUTHORIZATION_FAILED", **other)
    await charges_looked_up(world)
    current = await only_attempt(world, payment_id)
    assert (current["status"], current["review"]) == ("pending", None)


async def test_a_refund_made_in_the_dashboard_is_a_refund_of_the_books(world: World) -> None:
    paid = await world.paid_payment()
    await refund_in_dashboard(world, paid["attempts"][0], 400)
    async with asyncio.timeout(10):
        while not (current := await world.read_payment(paid["id"]))["amount_refunded"]:
            await world.run_worker(rounds=1, seconds=60)
    (refund,) = current["refunds"]
    assert (refund["source"], refund["amount"], refund["status"]) == ("gateway", 40000, "succeeded")
    assert current["attempts"][0]["review"] is None
    for name, payments in (("dashboard1", [paid["id"]]), ("dashboard", []), ("DASHBOARD1", [])):
        found = await world.get(f"/v1/admin/search?q={name}", world.keys.admin_key)
        assert [each["id"] for each in found.json()["payments"]] == payments
    path = f"/v1/payments/{paid['id']}/refunds"
    answer = await world.post(path, {"amount": 116400, "reason": "test"})
    assert (answer.status_code, answer.json()["available"]) == (422, 76400)


@pytest.mark.parametrize("by", ["webhook", "sync"])
async def test_a_failed_refund_of_the_gateways_own_is_not_called_returned(
    world: World, by: str
) -> None:
    payment = await world.open_payment()
    attempt = await world.start_attempt(payment["id"])
    if by == "sync":
        await world.script_mock("drop_webhook", times=100)
    await world.script_mock("refund_failure")
    await world.customer_decides(attempt, "auto_refund")
    if by == "sync":
        world.clock.advance(seconds=91)
        await act(world, f"attempts/{attempt['id']}/sync")
    async with asyncio.timeout(10):
        while not (current := await only_attempt(world, payment["id"]))["conflict"]:
            await asyncio.sleep(0.02)
    assert (current["status"], current["conflict"]) == ("captured", "sent_back")
    assert current["review"] == "the gateway has not sent the money back"
    decline = current["decline"]
    assert (decline["code"], decline["money"]) == ("not_returned", "with_gateway")
    (refund,) = (await world.read_payment(payment["id"]))["refunds"]
    assert (refund["status"], refund["source"], refund["automatic"]) == ("failed", "gateway", False)
    await world.run_worker(hours=30)
    jobs = await world.sql("SELECT subject, run_at FROM job WHERE kind = 'confirm_charge'")
    assert [job["subject"] for job in jobs] == [attempt["id"]]
    assert jobs[0]["run_at"] > world.engine.now()


async def test_a_person_may_still_refund_what_the_gateway_failed_to_send_back(
    world: World,
) -> None:
    payment_id, attempt = await started(world)
    await world.script_mock("refund_failure")
    await world.customer_decides(attempt, "auto_refund")
    world.clock.advance(seconds=91)
    await act(world, f"attempts/{attempt['id']}/sync")
    answer = await world.post(
        f"/v1/payments/{payment_id}/refunds", {"amount": 116400, "reason": "not_returned"}
    )
    assert answer.status_code == 201, answer.text


async def unreturned(world: World, **payment: Any) -> tuple[str, str]:
    """A payment whose money Juspay calls returned, though its refund failed, and the reference of
    the charge."""
    await world.script_mock("drop_webhook", times=200)
    opened = await world.open_payment(**payment)
    attempt = await world.start_attempt(opened["id"])
    await world.script_mock("refund_failure")
    await world.customer_decides(attempt, "auto_refund")
    world.clock.advance(seconds=91)
    await act(world, f"attempts/{attempt['id']}/sync")
    assert (await only_attempt(world, opened["id"]))["review"] == (
        "the gateway has not sent the money back"
    )
    return opened["id"], attempt["id"].removeprefix("att_")


async def call_charged(world: World, ref: str) -> None:
    """From now on Juspay calls the order charged again."""
    await world.mock.post(f"/control/orders/{ref}/status", json={"status": "CHARGED"})


async def test_a_charge_that_stands_after_all_pays_and_ends_its_review(world: World) -> None:
    payment_id, ref = await unreturned(world, expires_in=86_400)
    await call_charged(world, ref)
    await world.run_worker(seconds=400)
    current = await world.read_payment(payment_id)
    attempt = current["attempts"][0]
    assert (current["status"], attempt["review"], attempt["conflict"]) == ("paid", None, None)
    assert await world.sql("SELECT 1 FROM job WHERE kind = 'confirm_charge'") == []


async def test_a_charge_that_stands_too_late_is_refunded_by_us(world: World) -> None:
    payment_id, ref = await unreturned(world, expires_in=300)
    await world.run_worker(seconds=400)
    assert (await world.read_payment(payment_id))["status"] == "expired"
    await call_charged(world, ref)
    async with asyncio.timeout(15):
        while not (current := await world.read_payment(payment_id))["amount_refunded"]:
            await world.run_worker(hours=2)
    attempt = current["attempts"][0]
    assert (attempt["review"], attempt["conflict"]) == (None, "too_late")
    assert [(each["source"], each["status"]) for each in current["refunds"]] == [
        ("gateway", "failed"),
        ("engine", "succeeded"),
    ]


async def resolve(world: World, path: str, reason: str) -> Any:
    """The answer to the second of two people."""
    other = await key_of(world, "ravi@pharmacy.example")
    await world.post(f"/v1/admin/{path}/resolve", {"reason": reason}, other)
    return await world.api.post(
        f"/v1/admin/{path}/resolve",
        json={"reason": reason},
        headers={"authorization": f"Bearer {world.keys.admin_key}"},
    )


async def test_a_person_ends_a_review_that_nothing_else_ends(world: World) -> None:
    payment_id, attempt = await started(world)
    await deliver_webhook(world, attempt)
    await act(world, f"attempts/{attempt['id']}/sync")
    assert (await only_attempt(world, payment_id))["review"]
    answer = await resolve(world, f"attempts/{attempt['id']}", "the bank confirmed it in writing")
    assert answer.json()["outcome"] == {
        "before": "contradicts what was known",
        "review": None,
        "proposed": False,
        "proposed_by": "ravi@pharmacy.example",
    }
    await world.run_worker(rounds=8)
    order_id = (await world.read_payment(payment_id))["order_id"]
    kinds = [one["type"] for one in await world.notifications(order_id)]
    assert kinds[-2:] == ["payment.review", "payment.review_over"]
    again = await resolve(world, f"attempts/{attempt['id']}", "once more")
    assert (again.status_code, again.json()["code"]) == (409, "not_in_review")


async def test_more_refunds_than_money_stay_in_the_books_once_a_person_resolved_them(
    world: World,
) -> None:
    payment_id, attempt = await started(world)
    refunds = [
        {"unique_request_id": f"d{number}", "status": "SUCCESS", "amount": 1164}
        for number in (1, 2)
    ]
    await deliver_webhook(world, attempt, refunds=refunds)
    assert (await only_attempt(world, payment_id))["review"] == "refunded more than captured"
    await resolve(world, f"attempts/{attempt['id']}", "written off")
    current = await world.read_payment(payment_id)
    assert (current["attempts"][0]["review"], current["amount_refunded"]) == (None, 232800)


async def test_what_is_not_decided_is_looked_up_again_once_its_review_is_resolved(
    world: World,
) -> None:
    payment_id, attempt = await started(world)
    for _ in range(4):
        await world.run_worker(hours=30)
    assert (await only_attempt(world, payment_id))["review"] == "no verdict from the gateway"
    await world.customer_decides(attempt)
    await resolve(world, f"attempts/{attempt['id']}", "the gateway is repaired")
    await world.run_worker(rounds=1)
    assert (await only_attempt(world, payment_id))["status"] == "captured"
