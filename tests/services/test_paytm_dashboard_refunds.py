"""Refunds that were made at Paytm without us: it sums them up, and lists none."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.contract.paytm import MERCHANT_ID, signed
from tests.services.test_actions import act
from tests.world import World, running_world


@pytest.fixture
async def world(database: str, tmp_path: Path) -> AsyncIterator[World]:
    weights = {"juspay": {"upi_intent": 0}}
    async with running_world(
        database, tmp_path / "spool", other_gateways=("paytm",), weights=weights
    ) as world:
        yield world


async def paid(world: World) -> dict[str, Any]:
    """A payment by Paytm, which reports no more from then on."""
    payment = await world.open_payment()
    attempt = await world.start_attempt(payment["id"])
    assert attempt["gateway"] == "paytm"
    await world.customer_decides(attempt)
    await world.wait_for_status(payment["id"], "paid")
    await world.script_mock("drop_webhook", times=100)
    return await world.read_payment(payment["id"])


async def refund_in_dashboard(world: World, payment: dict[str, Any], ref: str, rupees: str) -> None:
    [row] = await world.sql("SELECT ref, gateway_payment_id FROM attempt")
    fields = {"orderId": row["ref"], "txnId": row["gateway_payment_id"], "refId": ref}
    fields |= {"mid": MERCHANT_ID, "txnType": "REFUND", "refundAmount": rupees}
    headers, body = signed(json.dumps(fields).encode())
    answer = await world.mock.post("/paytm/refund/apply", content=body, headers=headers)
    assert answer.json()["body"]["resultInfo"]["resultCode"] == "601", answer.text


async def report_refund(world: World, payment: dict[str, Any], ref: str, rupees: str) -> None:
    """Paytm's webhook of a refund that it has handed to the bank."""
    order_id = payment["attempts"][0]["id"].removeprefix("att_")
    fields = {"orderId": order_id, "refId": ref, "refundId": "2026" + ref, "refundAmount": rupees}
    headers, body = signed(json.dumps({"mid": MERCHANT_ID, **fields}).encode())
    answer = await world.api.post("/v1/paytm/webhook", content=body, headers=headers)
    assert answer.status_code == 200, answer.text


async def refunds(world: World) -> list[tuple[str, str, int]]:
    rows = await world.sql("SELECT foreign_ref, status, amount FROM refund ORDER BY id")
    return [(row["foreign_ref"], row["status"], row["amount"]) for row in rows]


async def test_a_refund_that_paytm_did_not_report_is_a_refund_once_a_look_shows_its_total(
    world: World,
) -> None:
    payment = await paid(world)
    await refund_in_dashboard(world, payment, "DASH_1", "400.00")
    for _ in range(2):
        outcome = await act(world, f"attempts/{payment['attempts'][0]['id']}/sync")
        assert (outcome["after"], outcome["review"]) == ("captured", None)
        assert await refunds(world) == [("total:1", "succeeded", 40000)]
    current = await world.read_payment(payment["id"])
    [refund] = current["refunds"]
    assert (refund["source"], current["amount_refunded"]) == ("gateway", 40000)
    body = {"amount": 116400, "reason": "test"}
    answer = await world.post(f"/v1/payments/{payment['id']}/refunds", body)
    assert (answer.status_code, answer.json()["available"]) == (422, 76400)


async def test_a_webhook_after_the_total_names_the_refund_and_counts_it_once(world: World) -> None:
    payment = await paid(world)
    await refund_in_dashboard(world, payment, "DASH_1", "400.00")
    await act(world, f"attempts/{payment['attempts'][0]['id']}/sync")
    await report_refund(world, payment, "DASH_1", "400.00")
    await world.run_worker(rounds=4)
    assert await refunds(world) == [("DASH_1", "succeeded", 40000)]
    assert (await world.read_payment(payment["id"]))["amount_refunded"] == 40000


async def test_a_total_after_the_webhook_counts_nothing_twice(world: World) -> None:
    payment = await paid(world)
    await refund_in_dashboard(world, payment, "DASH_1", "400.00")
    await report_refund(world, payment, "DASH_1", "400.00")
    outcome = await act(world, f"attempts/{payment['attempts'][0]['id']}/sync")
    assert outcome["review"] is None
    assert await refunds(world) == [("DASH_1", "succeeded", 40000)]


async def test_a_refund_of_ours_that_paytm_refuses_has_its_own_ones_found(world: World) -> None:
    payment = await paid(world)
    await refund_in_dashboard(world, payment, "DASH_1", "1164.00")
    body = {"amount": 116400, "reason": "test"}
    answer = await world.post(f"/v1/payments/{payment['id']}/refunds", body)
    assert answer.json()["refund"]["status"] == "failed"
    await world.run_worker(rounds=2)
    current = await world.read_payment(payment["id"])
    assert current["amount_refunded"] == 116400
    assert [(each["source"], each["status"]) for each in current["refunds"]] == [
        ("merchant", "failed"),
        ("gateway", "succeeded"),
    ]
