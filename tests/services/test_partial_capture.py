"""Partial capture: once, with the rest released; never both a capture and a void."""

import asyncio
from dataclasses import replace

import pytest

from payment_engine.domain.gateway import ChargeKey, ChargeState
from payment_engine.domain.money import Paise
from payment_engine.services.attempts.capture import capture_or_void
from payment_engine.services.lifecycle.read import load_attempt
from tests.authorized import authorized_payment
from tests.webhooks import deliver_webhook
from tests.world import World


async def charged_and_refunded(world: World) -> list[tuple[int, int]]:
    """What the gateways charged and refunded."""
    return [(row["charged"], row["refunded"]) for row in (await world.ledger()).values()]


async def test_a_part_is_captured_and_the_rest_released(world: World) -> None:
    payment = await authorized_payment(world)
    path = f"/v1/payments/{payment['id']}"
    taken = (await world.post(f"{path}/capture", {"amount": 100000})).json()
    assert (taken["status"], taken["amount_captured"]) == ("paid", 100000)
    assert taken["amount_authorized"] == 100000
    assert await charged_and_refunded(world) == [(100000, 0)]
    over = await world.post(f"{path}/refunds", {"amount": 100001, "reason": "x"})
    assert (over.json()["code"], over.json()["available"]) == ("amount_too_high", 100000)
    back = await world.post(f"{path}/refunds", {"amount": 100000, "reason": "x"})
    assert back.status_code == 201


async def test_webhook_and_refunds_of_a_partial_capture_agree_with_it(world: World) -> None:
    payment = await authorized_payment(world)
    path = f"/v1/payments/{payment['id']}"
    await world.post(f"{path}/capture", {"amount": 100000})
    await world.post(f"{path}/refunds", {"amount": 30000, "reason": "x"})
    await world.wait_for_refunded(payment["id"], 30000)
    await world.run_worker(seconds=95)
    current = await world.read_payment(payment["id"])
    assert (current["amount_captured"], current["attempts"][0]["review"]) == (100000, None)


async def test_a_partial_capture_without_an_answer_is_found_by_polling(world: World) -> None:
    payment = await authorized_payment(world)
    await world.script_mock("http_status", {"path": "*/capture"}, status=500, when="after")
    path = f"/v1/payments/{payment['id']}/capture"
    response = await world.post(path, {"amount": 50000})
    assert response.status_code in (200, 202)
    await world.run_worker(seconds=95)
    current = await world.wait_for_status(payment["id"], "paid")
    assert current["amount_captured"] == 50000
    assert await charged_and_refunded(world) == [(50000, 0)]


async def test_a_capture_that_was_made_is_not_refused_because_the_look_after_it_is_garbled(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    payment = await authorized_payment(world)
    gateway = world.engine.gateways["juspay"]
    fetch_charge = gateway.fetch_charge

    async def another_amount(key: ChargeKey) -> ChargeState | None:
        state = await fetch_charge(key)
        return replace(state, amount=Paise(1)) if state else None

    await world.script_mock("drop_webhook", times=100)
    await world.script_mock("http_status", {"path": "*/capture"}, status=409, when="after")
    with monkeypatch.context() as patch:
        patch.setattr(gateway, "fetch_charge", another_amount)
        answer = await world.post(f"/v1/payments/{payment['id']}/capture", {"amount": 50000})
    assert (answer.status_code, answer.json()["attempts"][0]["review"]) == (202, "amount differs")
    await world.run_worker(seconds=95)
    current = await world.read_payment(payment["id"])
    assert (current["amount_captured"], current["attempts"][0]["review"]) == (50000, None)


async def test_a_slow_partial_capture_that_is_sent_again_takes_its_part_once(world: World) -> None:
    payment = await authorized_payment(world)
    await world.script_mock("capture_slow", times=5, seconds=3600)
    path = f"/v1/payments/{payment['id']}/capture"
    assert (await world.post(path, {"amount": 50000})).status_code == 202
    await world.run_worker(seconds=95)
    await world.run_worker(seconds=300)
    requests = (await world.mock.get("/control/requests")).json()["requests"]
    assert len([each for each in requests if each["path"].endswith("/capture")]) > 1
    await world.mock.post("/control/clock", json={"advance": 4000})
    current = await world.wait_for_status(payment["id"], "paid")
    assert current["amount_captured"] == 50000
    assert await charged_and_refunded(world) == [(50000, 0)]


async def test_a_partial_capture_that_never_arrived_is_sent_again_unchanged(world: World) -> None:
    payment = await authorized_payment(world)
    await world.script_mock("http_status", {"path": "*/capture"}, status=500, when="before")
    response = await world.post(f"/v1/payments/{payment['id']}/capture", {"amount": 50000})
    assert response.status_code == 202
    other = await world.post(f"/v1/payments/{payment['id']}/capture", {"amount": 60000})
    assert (other.status_code, other.json()["code"]) == (409, "capture_in_progress")
    await world.run_worker(seconds=95)
    assert (await world.wait_for_status(payment["id"], "paid"))["amount_captured"] == 50000


async def test_a_capture_of_another_amount_than_requested_goes_to_review(world: World) -> None:
    payment = await authorized_payment(world)
    attempt = payment["attempts"][0]
    part = {"status": "PARTIAL_CHARGED", "maximum_eligible_refund_amount": 7}
    await deliver_webhook(world, attempt, **part)
    current = await world.read_payment(payment["id"])
    assert current["attempts"][0]["review"] == "captured amount differs"
    assert (current["status"], current["allowed_actions"]) == ("authorized", [])


async def test_no_money_moves_until_a_differing_amount_is_explained(world: World) -> None:
    payment = await authorized_payment(world)
    part = {"status": "PARTIAL_CHARGED", "maximum_eligible_refund_amount": 7}
    await deliver_webhook(world, payment["attempts"][0], **part)
    for verb, body in (("capture", {"amount": 50000}), ("void", None)):
        answer = await world.post(f"/v1/payments/{payment['id']}/{verb}", body)
        assert answer.json()["code"] == "payment_not_open"
        assert "captured amount differs" in answer.json()["detail"]
    assert await charged_and_refunded(world) == []


async def test_a_capture_whose_outcome_is_under_review_is_left_to_people_in_the_end(
    world: World,
) -> None:
    payment = await authorized_payment(world)
    await world.script_mock("http_status", {"path": "*/capture"}, status=500, times=1)
    await world.post(f"/v1/payments/{payment['id']}/capture", {"amount": 50000})
    attempt_id = payment["attempts"][0]["id"]
    known = await load_attempt(world.engine, attempt_id)
    key = known.charge_key(known.attempt(attempt_id))
    await world.engine.gateways["juspay"].capture(key, Paise(700))
    for _ in range(12):
        await world.run_worker(rounds=1, hours=12)
    current = await world.read_payment(payment["id"])
    assert current["attempts"][0]["review"] == "captured amount differs"
    assert await world.sql("SELECT kind FROM job WHERE kind = 'capture'") == []


async def test_of_a_concurrent_capture_and_void_exactly_one_happens(world: World) -> None:
    payment = await authorized_payment(world)
    path = f"/v1/payments/{payment['id']}"
    await asyncio.gather(
        world.post(f"{path}/capture", {"amount": 100000}), world.post(f"{path}/void")
    )
    await world.run_worker(seconds=95)
    current = await world.read_payment(payment["id"])
    attempt = current["attempts"][0]
    assert (current["amount_captured"], attempt["status"]) in [(100000, "captured"), (0, "voided")]
    assert await charged_and_refunded(world) in ([(100000, 0)], [(0, 0)], [])
    assert (
        sum(charged for charged, _ in await charged_and_refunded(world))
        == current["amount_captured"]
    )


async def test_after_a_refusal_another_amount_may_be_captured(world: World) -> None:
    payment = await authorized_payment(world)
    attempt_id = payment["attempts"][0]["id"]
    ref = attempt_id.removeprefix("att_")
    await world.mock.post(f"/control/orders/{ref}/status", json={"status": "CAPTURE_FAILED"})
    await world.script_mock("http_status", {"path": "*/capture"}, status=400, when="before")
    await world.post(f"/v1/payments/{payment['id']}/capture", {"amount": 50000})
    rows = await world.sql("SELECT amount_to_capture AS wanted, review FROM attempt")
    assert rows[0]["wanted"] is None
    again = await world.post(f"/v1/payments/{payment['id']}/capture", {"amount": 40000})
    assert again.json()["amount_captured"] == 40000
    snapshot = await load_attempt(world.engine, attempt_id)
    assert not (await capture_or_void(world.engine, snapshot, attempt_id, "capture")).again
