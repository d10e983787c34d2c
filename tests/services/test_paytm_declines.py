"""Paytm's failures with a code that we do not know end the attempt, so that another may start."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.contract.paytm import FORM, KEY, MERCHANT_ID
from tests.unit.gateways.scripted_paytm import form, posted
from tests.world import World, running_world


@pytest.fixture
async def world(database: str, tmp_path: Path) -> AsyncIterator[World]:
    weights = {"juspay": {"upi_intent": 0}}
    async with running_world(
        database, tmp_path / "spool", other_gateways=("paytm",), weights=weights
    ) as world:
        yield world


@pytest.mark.parametrize("code", ["196", "308", "1007"])
async def test_a_failure_of_an_unknown_code_does_not_block_a_retry(world: World, code: str) -> None:
    payment = await world.open_payment()
    attempt = await world.start_attempt(payment["id"])
    fields = {
        "ORDERID": attempt["id"].removeprefix("att_"),
        "MID": MERCHANT_ID,
        "TXNAMOUNT": "1164.00",
        "CURRENCY": "INR",
        "STATUS": "TXN_FAILURE",
        "RESPCODE": code,
    }
    body = posted(form(fields, KEY))
    answer = await world.api.post("/v1/paytm/webhook", content=body, headers=FORM)
    assert answer.status_code == 200, answer.text
    current = (await world.read_payment(payment["id"]))["attempts"][0]
    assert (current["status"], current["decline"]["code"]) == ("failed", "other")
    assert (await world.start_attempt(payment["id"]))["status"] == "pending"
