"""Paytm's notice of what the bank calls a payment, which has no status."""

import asyncio
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


async def numbers(world: World, payment: dict[str, Any]) -> tuple[str | None, str | None]:
    """The RRN and the ARN of the payment's attempt."""
    attempt = (await world.read_payment(payment["id"]))["attempts"][0]
    return attempt["rrn"], attempt["arn"]


async def pay(world: World, **body: Any) -> tuple[dict[str, Any], str]:
    payment = await world.open_payment()
    attempt = await world.start_attempt(payment["id"], **body)
    await world.customer_decides(attempt)
    await world.wait_for_status(payment["id"], "paid")
    return payment, attempt["id"].removeprefix("att_")


async def test_the_arn_of_a_payment_is_stored_with_its_attempt(world: World) -> None:
    payment, ref = await pay(world, method="netbanking", bank="HDFC")
    assert await numbers(world, payment) == (None, None)
    for _ in range(2):
        answer = await send_arn(world, ref, ARN="74000000002")
        assert answer.status_code == 200, answer.text
    assert await numbers(world, payment) == (None, "74000000002")
    assert (await world.read_payment(payment["id"]))["status"] == "paid"


async def test_both_numbers_of_a_notice_are_stored(world: World) -> None:
    payment, ref = await pay(world, method="netbanking", bank="HDFC")
    await send_arn(world, ref, ARN="74000000002", RRN="632600000004")
    assert await numbers(world, payment) == ("632600000004", "74000000002")


async def test_a_known_number_of_the_bank_stays(world: World) -> None:
    payment, ref = await pay(world)
    known, _ = await numbers(world, payment)
    assert known
    assert (await send_arn(world, ref, ARN="74000000002", RRN="1")).status_code == 200
    assert (await send_arn(world, ref, ARN="74000000003")).status_code == 200
    assert await numbers(world, payment) == (known, "74000000002")


async def test_what_the_mock_reports_is_found_by_people_on_call(world: World) -> None:
    payment, ref = await pay(world, method="netbanking", bank="HDFC")
    answer = await world.mock.post(f"/control/orders/{ref}/arn", json={})
    assert answer.status_code == 200, answer.text
    async with asyncio.timeout(10):
        while not (arn := (await numbers(world, payment))[1]):
            await asyncio.sleep(0.05)
    assert (len(arn), arn.isdecimal()) == (23, True)
    found = await world.get(f"/v1/admin/search?q={arn}", world.keys.admin_key)
    assert [each["id"] for each in found.json()["payments"]] == [payment["id"]]
    path = f"/v1/admin/payments/{payment['id']}/timeline"
    document = (await world.get(path, world.keys.admin_key)).json()
    assert document["payment"]["attempts"][0]["arn"] == arn
    [event] = [row for row in document["timeline"] if row["what"] == "attempt.bank_reference"]
    assert (event["source"], event["detail"]) == ("webhook", {"arn": arn})
    books = [row for row in document["timeline"] if row["what"].startswith("attempt.captured")]
    assert len(books) == 1


@pytest.mark.parametrize("ref", ["another-system", "01k0m9v7c2q4w8z6x3y5"])
async def test_the_arn_of_an_unknown_payment_is_acknowledged(world: World, ref: str) -> None:
    assert (await send_arn(world, ref, RRN="632600000004")).status_code == 200


async def test_an_arn_that_does_not_fit_is_acknowledged_and_not_stored(world: World) -> None:
    payment, ref = await pay(world, method="netbanking", bank="HDFC")
    assert (await send_arn(world, ref, ARN="7" * 65)).status_code == 200
    assert await numbers(world, payment) == (None, None)
