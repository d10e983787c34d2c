"""Everything that can happen to a payment, all at once: in the end each rupee has one owner."""

import asyncio
import random
from pathlib import Path
from typing import Any

import pytest

from payment_engine.domain.store import Load
from payment_engine.services import payments
from payment_engine.services.job_handlers import handle_check_charge
from payment_engine.services.lifecycle.read import load_payment
from payment_engine.services.refunds import issue
from tests.webhooks import send_webhook
from tests.world import World, running_world


async def settle_down(world: World) -> None:
    """Run the worker for days, until no job is left that would change anything."""
    for hours in (0.01, 0.03, 1, 30, 30, 30):
        await asyncio.sleep(0.1)
        await world.run_worker(hours=hours)


async def storm(world: World, seed: int) -> dict[str, Any]:
    """One payment with two attempts, and events for both in an order drawn from the seed."""
    chance = random.Random(seed)
    payment = await world.open_payment(expires_in=60)
    first = await world.start_attempt(payment["id"])
    second = await world.start_attempt(payment["id"], method="upi_qr", replaces=first["id"])
    path = f"/v1/payments/{payment['id']}"
    world.clock.advance(seconds=chance.choice((0, 61)))
    happenings = [
        lambda: world.customer_decides(first),
        lambda: world.customer_decides(second),
        lambda: send_webhook(world, first, status="AUTHORIZATION_FAILED"),
        lambda: world.post(f"{path}/cancel"),
        lambda: expire(world, payment["id"]),
        lambda: handle_check_charge(world.engine, first["id"]),
        lambda: handle_check_charge(world.engine, second["id"]),
        lambda: world.post("/v1/payments", _order(payment)),
        lambda: world.post(f"{path}/refunds", {"amount": 400, "reason": "test"}),
        lambda: world.run_worker(rounds=1),
    ]
    chosen = chance.sample(happenings, chance.randint(4, len(happenings)))
    await asyncio.gather(*(happens() for happens in chosen))
    return payment


async def expire(world: World, payment_id: str) -> None:
    known = await load_payment(world.engine, Load(find="payment", id=payment_id))
    await payments.expire(world.engine, known.snapshot)


def _order(payment: dict[str, Any]) -> dict[str, Any]:
    return {
        "order_id": payment["order_id"],
        "amount": payment["amount"],
        "currency": "INR",
        "customer": payment["customer"],
        "return_url": payment["return_url"],
    }


@pytest.mark.parametrize("seed", range(12))
async def test_after_a_storm_nobody_paid_twice_and_nothing_is_lost(world: World, seed: int) -> None:
    payment = await storm(world, seed)
    await settle_down(world)
    current = await world.read_payment(payment["id"])
    refs = {attempt["id"].removeprefix("att_") for attempt in current["attempts"]}
    ledger = await world.ledger()
    theirs = {ref: row for ref, row in ledger.items() if ref in refs}
    assert current["amount_captured"] == sum(row["charged"] for row in theirs.values())
    assert current["amount_refunded"] == sum(row["refunded"] for row in theirs.values())
    net = current["amount_captured"] - current["amount_refunded"]
    assert net in ((116400, 116000) if current["status"] == "paid" else (0,))


async def test_two_workers_at_one_refund_send_it_once(world: World) -> None:
    paid = await world.paid_payment()
    await world.script_mock("http_status", {"path": "*/refunds"}, status=500, when="before")
    await world.post(f"/v1/payments/{paid['id']}/refunds", {"amount": 400, "reason": "test"})
    known = await load_payment(world.engine, Load(find="payment", id=paid["id"]))
    refund = known.snapshot.refunds[0]
    pushed = (issue.push_refund(world.engine, known.snapshot, refund.id) for _ in range(5))
    await asyncio.gather(*pushed)
    await settle_down(world)
    assert (await world.read_payment(paid["id"]))["amount_refunded"] == 400
    assert sum(row["refunded"] for row in (await world.ledger()).values()) == 400


async def test_many_who_wait_for_one_payment_leave_it_room_to_change(
    database: str, tmp_path: Path
) -> None:
    async with running_world(database, tmp_path, database_pool=2) as world:
        paid = await world.paid_payment()
        path = f"/v1/payments/{paid['id']}/refunds"
        body = {"amount": 1000, "reason": "test"}
        answers = await asyncio.gather(*(world.post(path, body) for _ in range(40)))
        assert {answer.status_code for answer in answers} == {201}
