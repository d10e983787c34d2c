"""One order, many attempts, one success, in whatever order outcomes are reported."""

from collections.abc import AsyncIterator
from itertools import permutations
from pathlib import Path

import pytest

from tests.webhooks import deliver_webhook, handle_stored_webhooks, send_webhook
from tests.world import World, running_world

STATUSES = ("NEW", "PENDING_VBV", "AUTHORIZATION_FAILED", "CHARGED")


@pytest.fixture
async def both(database: str, tmp_path: Path) -> AsyncIterator[World]:
    async with running_world(database, tmp_path / "spool", other_gateways=("paytm",)) as world:
        yield world


async def test_three_declines_and_a_success_at_another_gateway_are_one_payment(both: World) -> None:
    payment = await both.open_payment()
    both.engine.settings.weights = {"paytm": {"upi_intent": 0}}
    for _ in range(3):
        await both.customer_decides(await both.start_attempt(payment["id"]), "decline")
        await both.wait_for_status(payment["id"], "open")
    both.engine.settings.weights = {"juspay": {"upi_intent": 0}}
    await both.customer_decides(await both.start_attempt(payment["id"]))
    current = await both.wait_for_status(payment["id"], "paid")
    assert [(attempt["gateway"], attempt["status"]) for attempt in current["attempts"]] == [
        *[("juspay", "failed")] * 3,
        ("paytm", "captured"),
    ]
    assert [row["charged"] for row in (await both.ledger()).values() if row["charged"]] == [116400]


async def test_reports_in_any_order_end_in_the_same_state(world: World) -> None:
    for order in permutations(STATUSES):
        payment = await world.open_payment()
        attempt = await world.start_attempt(payment["id"])
        for status in order:
            assert (await send_webhook(world, attempt, status=status)).status_code == 200
            await handle_stored_webhooks(world)
        current = await world.read_payment(payment["id"])
        ends = (current["status"], current["amount_captured"], current["attempts"][0]["status"])
        assert ends == ("paid", 116400, "captured"), order


async def test_an_old_report_after_a_refund_changes_nothing(world: World) -> None:
    paid = await world.paid_payment()
    path = f"/v1/payments/{paid['id']}/refunds"
    refund = (await world.post(path, {"amount": 116400, "reason": "test"})).json()["refund"]
    ref = refund["id"].removeprefix("rfd_")
    back = {"unique_request_id": ref, "amount": 1164, "status": "SUCCESS"}
    await deliver_webhook(world, paid["attempts"][0], refunds=[back])
    for status in reversed(STATUSES):
        await deliver_webhook(world, paid["attempts"][0], status=status)
        current = await world.read_payment(paid["id"])
        assert (current["amount_captured"], current["amount_refunded"]) == (116400, 116400)


async def test_reading_a_payment_repeatedly_calls_no_gateway(world: World) -> None:
    payment = await world.open_payment()
    await world.start_attempt(payment["id"])
    before = len((await world.mock.get("/control/requests")).json()["requests"])
    for _ in range(30):
        assert (await world.read_payment(payment["id"]))["status"] == "pending"
        await world.get(f"/v1/payments/{payment['id']}/methods?platform=android")
    assert len((await world.mock.get("/control/requests")).json()["requests"]) == before


async def test_a_payment_made_as_its_attempt_expired_is_found_a_minute_later(
    world: World,
) -> None:
    await world.script_mock("drop_webhook", times=100)
    payment = await world.open_payment()
    attempt = await world.start_attempt(payment["id"])
    await world.run_worker(minutes=8, seconds=1)
    over = await world.read_payment(payment["id"])
    assert (over["status"], over["attempts"][0]["next_action"]) == ("pending", None)
    await world.customer_decides(attempt)
    await world.run_worker(seconds=60)
    assert (await world.read_payment(payment["id"]))["status"] == "paid"


async def test_a_customer_who_never_returns_from_the_banks_page_has_still_paid(
    world: World,
) -> None:
    await world.script_mock("drop_webhook", times=100)
    payment = await world.open_payment()
    token = await world.card_token()
    attempt = await world.start_attempt(payment["id"], method="card", card_token=token)
    page = await world.mock.get(attempt["next_action"]["url"], follow_redirects=True)
    await world.mock.post(str(page.url), data={"action": "approve", "otp": "000000"})
    assert (await world.read_payment(payment["id"]))["status"] == "pending"
    await world.run_worker(seconds=95)
    assert (await world.read_payment(payment["id"]))["status"] == "paid"


@pytest.mark.parametrize(
    ("status", "expected"),
    [("AUTHORIZING", None), ("AUTHORIZATION_FAILED", ("bank_timed_out", "maybe_debited", "wait"))],
)
async def test_a_deemed_upi_payment_is_pending_and_pays_later(
    world: World, status: str, expected: tuple[str, ...] | None
) -> None:
    payment = await world.open_payment()
    attempt = await world.start_attempt(payment["id"])
    bank = {"resp_code": "RB", "resp_message": "CREDIT HAS BEEN TIMED OUT"}
    await deliver_webhook(world, attempt, status=status, payment_gateway_response=bank)
    decline = (await world.read_payment(payment["id"]))["attempts"][0]["decline"]
    assert (decline and (decline["code"], decline["money"], decline["retry"])) == expected
    assert not decline or "confirming with your bank" in decline["message"]
    await deliver_webhook(world, attempt)
    assert (await world.read_payment(payment["id"]))["status"] == "paid"
