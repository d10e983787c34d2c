"""Two that want different things of one payment at once: one wins, and nothing is undone."""

import asyncio
from collections import Counter
from typing import Any

import pytest

from payment_engine.domain.customer import CustomerKey
from payment_engine.domain.requests.config import LimitsIn
from payment_engine.domain.store import Load
from payment_engine.services import payments
from payment_engine.services.instruments.limits import set_limits
from payment_engine.services.job_handlers import handle_check_charge
from payment_engine.services.lifecycle.read import load_payment
from tests.authorized import authorized_payment
from tests.webhooks import send_webhook
from tests.world import World

UPI = {"method": "upi_intent", "client": {"platform": "android"}}


async def hang(world: World, path: str, seconds: float = 0.4) -> None:
    """The gateway does what it is called for, and answers late."""
    behaviour = {"kind": "hang", "seconds": seconds, "when": "after"}
    script = {"match": {"path": path, "method": "POST"}, "behaviour": behaviour}
    answer = await world.mock.post("/control/scripts", json=script)
    assert answer.status_code == 201, answer.text


async def left_and_repeated(world: World, path: str, body: Any) -> Any:
    """The stored answer to a call whose caller left while the gateway was at work."""
    leaving = asyncio.create_task(world.post(path, body, key="left"))
    await asyncio.sleep(0.15)
    assert not leaving.done()
    leaving.cancel()
    await asyncio.gather(leaving, return_exceptions=True)
    await world.engine.critical.drain(5)
    answers = [await world.post(path, body, key="left") for _ in range(2)]
    assert answers[0].content == answers[1].content
    return answers[0]


async def test_a_capture_goes_on_although_its_caller_left(world: World) -> None:
    payment = await authorized_payment(world)
    await hang(world, "*/capture*")
    path = f"/v1/payments/{payment['id']}/capture"
    answer = await left_and_repeated(world, path, {"amount": 116400})
    assert (answer.status_code, answer.json()["status"]) == (200, "paid")
    assert sum(row["charged"] for row in (await world.ledger()).values()) == 116400


async def test_a_refund_goes_on_although_its_caller_left(world: World) -> None:
    paid = await world.paid_payment()
    await hang(world, "*/refunds")
    path, body = f"/v1/payments/{paid['id']}/refunds", {"amount": 400, "reason": "test"}
    answer = await left_and_repeated(world, path, body)
    (row,) = await world.sql("SELECT id FROM refund")
    assert (answer.status_code, answer.json()["refund"]["id"]) == (201, row["id"])


async def test_of_two_captures_of_different_amounts_one_is_made(world: World) -> None:
    payment = await authorized_payment(world)
    await hang(world, "*/capture*", 0.2)
    path, amounts = f"/v1/payments/{payment['id']}/capture", (50000, 70000)
    answers = await asyncio.gather(*(world.post(path, {"amount": each}) for each in amounts))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    won = next(n for n, answer in zip(amounts, answers, strict=True) if answer.status_code == 200)
    lost = next(answer for answer in answers if answer.status_code == 409)
    assert lost.json()["code"] in ("capture_in_progress", "payment_not_open")
    assert (await world.read_payment(payment["id"]))["amount_captured"] == won
    assert sum(row["charged"] for row in (await world.ledger()).values()) == won


async def test_of_a_capture_and_a_void_at_once_the_gateway_does_one(world: World) -> None:
    payment = await authorized_payment(world)
    path = f"/v1/payments/{payment['id']}"
    answers = await asyncio.gather(
        world.post(f"{path}/capture", {"amount": 116400}), world.post(f"{path}/void")
    )
    assert {answer.status_code for answer in answers} <= {200, 202, 409}
    for _ in range(2):
        await world.run_worker(seconds=95)
    current = await world.read_payment(payment["id"])
    charged = sum(row["charged"] for row in (await world.ledger()).values())
    ended = (current["status"], current["attempts"][0]["status"])
    assert ended in {("paid", "captured"), ("voided", "voided"), ("cancelled", "voided")}
    assert current["amount_captured"] == charged
    assert current["attempts"][0]["review"] is None


async def test_of_an_expiry_and_a_success_at_once_the_money_has_one_owner(world: World) -> None:
    payment = await world.open_payment(expires_in=60)
    attempt = await world.start_attempt(payment["id"])
    await world.script_mock("drop_webhook", times=100)
    await world.customer_decides(attempt)
    known = await load_payment(world.engine, Load(find="payment", id=payment["id"]))
    world.clock.advance(seconds=61)
    await asyncio.gather(
        payments.expire(world.engine, known.snapshot),
        send_webhook(world, attempt),
        handle_check_charge(world.engine, attempt["id"]),
    )
    await world.run_worker(seconds=95)
    current = await world.read_payment(payment["id"])
    assert (current["status"], current["amount_captured"]) == ("paid", 116400)
    assert current["amount_refunded"] == 0


@pytest.mark.parametrize("limits", [{"per_day": 116400}, {"attempts_per_day": 1}])
async def test_of_two_payments_of_a_customer_with_room_for_one_exactly_one_passes(
    world: World, limits: dict[str, int]
) -> None:
    customer = CustomerKey(world.keys.merchant_id, "cust-8812")
    await set_limits(world.engine, customer, LimitsIn(**limits))
    opened = [await world.open_payment() for _ in range(2)]
    paths = [f"/v1/payments/{each['id']}/attempts" for each in opened]
    answers = await asyncio.gather(*(world.post(path, UPI) for path in paths))
    assert Counter(answer.status_code for answer in answers) == {201: 1, 422: 1}
    assert len(await world.sql("SELECT id FROM attempt")) == 1
