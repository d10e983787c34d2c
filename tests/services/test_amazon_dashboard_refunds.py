"""Refunds that a person made in Amazon's Seller Central, which only its notifications tell of."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.services.test_linked_wallets import consented
from tests.world import World, running_world


@pytest.fixture
async def world(database: str, tmp_path: Path) -> AsyncIterator[World]:
    async with running_world(database, tmp_path / "spool", other_gateways=("amazonpay",)) as world:
        yield world


async def paid(world: World) -> dict[str, Any]:
    payment = await world.open_payment(amount=50000, breakdown=[])
    wallet = await consented(world, payment["checkout"]["token"])
    body = {"method": "wallet", "wallet": "amazonpay", "instrument_id": wallet["id"]}
    attempt = await world.start_attempt(payment["id"], **body)
    assert attempt["status"] == "captured"
    return await world.read_payment(payment["id"])


async def refunded(world: World, payment_id: str) -> dict[str, Any]:
    async with asyncio.timeout(10):
        while not (current := await world.read_payment(payment_id))["amount_refunded"]:
            await asyncio.sleep(0.02)
    return current


async def test_a_refund_that_amazon_reports_without_a_reference_of_ours_is_one_of_the_books(
    world: World,
) -> None:
    payment = await paid(world)
    await world.customer_decides(payment["attempts"][0], "auto_refund")
    current = await refunded(world, payment["id"])
    [refund] = current["refunds"]
    assert (refund["source"], refund["amount"], refund["status"]) == ("gateway", 50000, "succeeded")
    assert current["attempts"][0]["review"] is None
    [row] = await world.sql("SELECT foreign_ref, gateway_refund_id FROM refund")
    assert row["foreign_ref"] == row["gateway_refund_id"]
    body = {"amount": 100, "reason": "test"}
    answer = await world.post(f"/v1/payments/{payment['id']}/refunds", body)
    assert (answer.status_code, answer.json()["code"]) == (422, "amount_too_high")


async def test_a_refund_that_we_requested_is_no_refund_of_amazons(world: World) -> None:
    payment = await paid(world)
    body = {"amount": 10000, "reason": "test"}
    await world.post(f"/v1/payments/{payment['id']}/refunds", body)
    current = await refunded(world, payment["id"])
    assert [(each["source"], each["amount"]) for each in current["refunds"]] == [
        ("merchant", 10000)
    ]
