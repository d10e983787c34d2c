"""An order with nothing left to pay is paid at once, without a call to any gateway."""

import asyncio
from typing import Any

import httpx

from tests.api.responses import pointers, problem, refusal
from tests.world import ORDER, World

FREE = [{"label": "Item total (MRP)", "amount": 123020}, {"label": "Coupon", "amount": -123020}]


async def open_free_payment(world: World, **changes: Any) -> httpx.Response:
    return await world.post("/v1/payments", {**ORDER, "amount": 0, "breakdown": FREE, **changes})


async def test_an_order_with_nothing_to_pay_is_paid_at_once(world: World) -> None:
    answer = await open_free_payment(world)
    free = answer.json()
    assert (answer.status_code, free["status"], free["amount_display"]) == (201, "paid", "₹0.00")
    assert (await world.read_payment(free["id"]))["allowed_actions"] == []
    await world.run_worker()
    assert [message["type"] for message in await world.notifications(ORDER["order_id"])] == [
        "payment.paid"
    ]
    await world.run_worker(days=1)
    assert (await world.read_payment(free["id"]))["status"] == "paid"
    assert await world.ledger() == {}


async def test_a_free_payment_takes_no_attempt_capture_or_refund(world: World) -> None:
    free = (await open_free_payment(world)).json()
    for path, body in (
        ("attempts", {"method": "upi_qr"}),
        ("capture", {"amount": 100}),
        ("refunds", {"amount": 100, "reason": "out_of_stock"}),
        ("void", {}),
        ("cancel", {}),
    ):
        answer = await world.post(f"/v1/payments/{free['id']}/{path}", body)
        assert answer.status_code == 409, path
    methods = await world.get(f"/v1/payments/{free['id']}/methods?platform=desktop")
    assert methods.status_code == 200


async def test_a_free_order_is_opened_once(world: World) -> None:
    both = await asyncio.gather(*(open_free_payment(world) for _ in range(2)))
    assert sorted(each.status_code for each in both) == [201, 409]
    assert refusal(await open_free_payment(world)) == (409, "order_already_paid")
    body = {**ORDER, "order_id": "PO-free", "amount": 0, "breakdown": FREE}
    twice = [await world.post("/v1/payments", body, key="free-1") for _ in range(2)]
    assert [each.status_code for each in twice] == [201, 201]
    assert twice[0].json() == twice[1].json()


async def test_an_amount_between_zero_and_one_rupee_is_refused(world: World) -> None:
    answer = await world.post("/v1/payments", {**ORDER, "amount": 99, "breakdown": []})
    assert (answer.status_code, pointers(answer)) == (422, ["/amount"])
    assert "100 paise (₹1.00), or 0" in problem(answer)["errors"][0]["message"]
