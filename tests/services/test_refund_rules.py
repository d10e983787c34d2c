"""Refunds that are refused: too late, returned already, or of another attempt."""

import asyncio
from typing import Any

from tests.webhooks import deliver_webhook
from tests.world import World

REFUND = {"amount": 100, "reason": "out_of_stock"}


async def request_refund(world: World, payment_id: str, **more: Any) -> tuple[int, dict[str, Any]]:
    answer = await world.post(f"/v1/payments/{payment_id}/refunds", {**REFUND, **more})
    return answer.status_code, answer.json()


async def pay_twice(world: World) -> dict[str, Any]:
    """An order that two attempts paid; the second is being refunded automatically."""
    payment = await world.open_payment()
    first = await world.start_attempt(payment["id"])
    second = await world.start_attempt(payment["id"], replaces=first["id"])
    await world.customer_decides(first)
    await world.wait_for_status(payment["id"], "paid")
    await world.script_mock("refund_hold", times=5)
    await world.customer_decides(second)
    async with asyncio.timeout(10):
        while not (await world.read_payment(payment["id"]))["refunds"]:
            await asyncio.sleep(0.05)
    return await world.read_payment(payment["id"])


async def test_a_upi_payment_can_be_refunded_for_170_days(world: World) -> None:
    paid = await world.paid_payment()
    world.clock.advance(days=169)
    assert (await request_refund(world, paid["id"]))[0] == 201
    world.clock.advance(days=2)
    status, document = await request_refund(world, paid["id"])
    assert (status, document["code"], document["days"]) == (409, "refund_window_over", 170)
    assert "bank transfer" in document["detail"]


async def test_a_method_without_a_refund_window_can_always_be_refunded(world: World) -> None:
    world.engine.settings.refund_windows = {}
    paid = await world.paid_payment()
    world.clock.advance(days=500)
    assert (await request_refund(world, paid["id"]))[0] == 201


async def test_a_refund_may_name_its_attempt(world: World) -> None:
    payment = await pay_twice(world)
    first, second = payment["attempts"]
    status, document = await request_refund(world, payment["id"], attempt_id=first["id"])
    assert (status, document["refund"]["attempt_id"]) == (201, first["id"])
    status, document = await request_refund(world, payment["id"], attempt_id=second["id"])
    assert (status, document["code"]) == (409, "nothing_to_refund")
    status, document = await request_refund(world, payment["id"], attempt_id="att_" + "0" * 20)
    assert (status, document["code"]) == (404, "not_found")


async def test_three_revisions_of_an_order_refund_exactly_their_lines(
    world: World,
) -> None:
    """Each revision is one refund under the order's revision as its key, however often sent."""
    paid = await world.paid_payment()
    revisions = (("out_of_stock", 12345), ("prescription_rejected", 40001), ("cheaper", 7))
    for number, (reason, amount) in enumerate(revisions):
        line = {"label": f"Line {number}", "amount": amount}
        body = {"amount": amount, "reason": reason, "lines": [line]}
        for _ in range(2):
            path = f"/v1/payments/{paid['id']}/refunds"
            answer = await world.post(path, body, key=f"{paid['order_id']}/rev-{number}")
            assert answer.status_code == 201
    await world.run_worker(seconds=60)
    await world.wait_for_refunded(paid["id"], 12345 + 40001 + 7, seconds=900)
    current = await world.read_payment(paid["id"])
    assert [(one["reason"], one["amount"]) for one in current["refunds"]] == list(revisions)
    assert [one["lines"][0]["amount"] for one in current["refunds"]] == [12345, 40001, 7]
    assert [row["refunded"] for row in (await world.ledger()).values()] == [52353]


async def test_an_attempt_that_captured_nothing_has_nothing_to_refund(world: World) -> None:
    payment = await world.open_payment()
    attempt = await world.start_attempt(payment["id"])
    status, document = await request_refund(world, payment["id"], attempt_id=attempt["id"])
    assert (status, document["code"]) == (409, "nothing_to_refund")


async def test_money_the_gateway_returned_is_not_refunded_again(world: World) -> None:
    payment = await world.open_payment()
    attempt = await world.start_attempt(payment["id"])
    await world.customer_decides(attempt, "auto_refund")
    await world.run_worker(seconds=95)
    current = await world.read_payment(payment["id"])
    (attempt,), (refund,) = current["attempts"], current["refunds"]
    assert (attempt["status"], attempt["conflict"]) == ("captured", "sent_back")
    assert (refund["status"], refund["amount"], refund["source"]) == (
        "succeeded",
        116400,
        "gateway",
    )
    status, document = await request_refund(world, payment["id"])
    assert (status, document["code"]) == (409, "nothing_to_refund")
    assert "went back already" in document["detail"]


async def test_an_uncertain_charge_is_polled_before_it_is_refunded(world: World) -> None:
    paid = await world.paid_payment()
    attempt = paid["attempts"][0]
    await world.script_mock("drop_webhook", times=100)
    await world.customer_decides(attempt, "auto_refund")
    await deliver_webhook(world, attempt, status="AUTO_REFUNDED")
    current = await world.read_payment(paid["id"])
    assert current["attempts"][0]["review"] == "the gateway has not sent the money back"
    status, document = await request_refund(world, paid["id"])
    assert (status, document["code"]) == (409, "money_already_returned")
    assert (await world.read_payment(paid["id"]))["refunds"] == []
    assert sum(row["refunded"] for row in (await world.ledger()).values()) == 116400


async def test_the_refund_of_an_uncertain_charge_waits_for_the_gateway(world: World) -> None:
    paid = await world.paid_payment()
    await deliver_webhook(world, paid["attempts"][0], status="AUTO_REFUNDED")
    await world.script_mock(
        "http_status", {"path": "*/orders/*"}, times=5, status=500, when="before"
    )
    status, document = await request_refund(world, paid["id"])
    assert (status, document["code"], document["retryable"]) == (503, "unavailable", True)


async def test_no_automatic_refund_if_the_gateway_already_returned_the_money(
    world: World,
) -> None:
    await world.script_mock("drop_webhook", times=100)
    payment = await world.open_payment()
    attempt = await world.start_attempt(payment["id"])
    await world.post(f"/v1/payments/{payment['id']}/cancel")
    await deliver_webhook(world, attempt)
    await world.customer_decides(attempt, "auto_refund")
    current = await world.read_payment(payment["id"])
    assert [one["automatic"] for one in current["refunds"]] == [True]
    await world.run_worker(seconds=95)
    current = await world.read_payment(payment["id"])
    assert [(one["status"], one["source"]) for one in current["refunds"]] == [
        ("failed", "engine"),
        ("succeeded", "gateway"),
    ]
    assert current["attempts"][0]["review"] is None
    assert all(row["refunded"] <= row["charged"] for row in (await world.ledger()).values())


async def test_a_failed_refund_is_looked_up_and_never_sent_again(world: World) -> None:
    paid = await world.paid_payment()
    await world.script_mock("refund_failure", times=1)
    _, document = await request_refund(world, paid["id"], amount=116400)
    async with asyncio.timeout(10):
        while (await world.read_payment(paid["id"]))["refunds"][0]["status"] != "failed":
            await asyncio.sleep(0.05)
    answer = await world.api.post(
        f"/v1/admin/refunds/{document['refund']['id']}/retry",
        json={"reason": "asked by the customer"},
        headers=world.headers(world.keys.admin_key),
    )
    assert answer.json()["outcome"] == {
        "before": "failed",
        "after": "failed",
        "answered": True,
    }
    assert sum(row["refunded"] for row in (await world.ledger()).values()) == 0
