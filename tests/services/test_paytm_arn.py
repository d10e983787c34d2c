"""Paytm's notice of what the bank calls a payment, which has no status."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.contract.paytm import FORM, KEY, MERCHANT_ID
from tests.unit.gateways.scripted_paytm import form, posted
from tests.world import World, running_world


@pytest.fixture
async def world(database: str, tmp_path: Path) -> AsyncIterator[World]:
    weights = {"juspay": {"netbanking": 0, "upi_intent": 0}}
    async with running_world(
        database, tmp_path / "spool", other_gateways=("paytm",), weights=weights
    ) as world:
        yield world


async def send_arn(world: World, ref: str, **numbers: str) -> httpx.Response:
    fields = {"ORDERID": ref, "MID": MERCHANT_ID, "TXNID": "2026", **numbers}
    body = posted(form(fields, KEY))
    return await world.api.post("/v1/paytm/webhook", content=body, headers=FORM)


async def pay(world: World, **body: Any) -> tuple[dict[str, Any], str]:
    payment = await world.open_payment()
    attempt = await world.start_attempt(payment["id"], **body)
    await world.customer_decides(attempt)
    await world.wait_for_status(payment["id"], "paid")
    return payment, attempt["id"].removeprefix("att_")


async def test_the_arn_of_a_payment_is_stored_with_its_attempt(world: World) -> None:
    payment, ref = await pay(world, method="netbanking", bank="HDFC")
    assert (await world.read_payment(payment["id"]))["attempts"][0]["rrn"] is None
    for _ in range(2):
        answer = await send_arn(world, ref, ARN="74000000002")
        assert answer.status_code == 200, answer.text
    current = await world.read_payment(payment["id"])
    assert (current["status"], current["attempts"][0]["rrn"]) == ("paid", "74000000002")


async def test_a_known_number_of_the_bank_stays(world: World) -> None:
    payment, ref = await pay(world)
    known = (await world.read_payment(payment["id"]))["attempts"][0]["rrn"]
    assert (await send_arn(world, ref, ARN="74000000002")).status_code == 200
    assert known
    assert (await world.read_payment(payment["id"]))["attempts"][0]["rrn"] == known


@pytest.mark.parametrize("ref", ["another-system", "01k0m9v7c2q4w8z6x3y5"])
async def test_the_arn_of_an_unknown_payment_is_acknowledged(world: World, ref: str) -> None:
    assert (await send_arn(world, ref, RRN="632600000004")).status_code == 200


async def test_an_arn_that_does_not_fit_is_acknowledged_and_not_stored(world: World) -> None:
    payment, ref = await pay(world, method="netbanking", bank="HDFC")
    assert (await send_arn(world, ref, ARN="7" * 65)).status_code == 200
    assert (await world.read_payment(payment["id"]))["attempts"][0]["rrn"] is None
