"""Juspay and Paytm side by side: where one cannot take a charge, the other one does."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from payment_engine.gateways.http import Wire
from payment_engine.gateways.juspay.adapter import Juspay
from payment_engine.gateways.paytm.adapter import Paytm
from payment_engine.mock.paytm.config import PaytmConfig
from tests.second_gateway import NOWHERE
from tests.world import JUSPAY, World, running_world

KEY = "two-gateways-016"
MID = "TWOGAT00000000000001"


@pytest.fixture
async def both(database: str, tmp_path: Path) -> AsyncIterator[World]:
    """Juspay cannot be reached; Paytm can."""
    paytm = PaytmConfig(merchant_id=MID, merchant_key=KEY)
    dead = {"juspay": {"base_url": NOWHERE, **JUSPAY}}
    mock = {"gateways": {"paytm": paytm}}
    async with running_world(database, tmp_path, mock=mock, gateways=dead) as world:
        engine = world.engine
        config = {
            "base_url": f"{world.mock.base_url}/paytm",
            "merchant_id": MID,
            "website": "WEBSTAGING",
        }
        engine.gateways["paytm"] = Paytm(
            Paytm.Config.model_validate({**config, "merchant_key": KEY}),
            Wire(
                "paytm", record=engine.raw_log.record, in_transaction=engine.db.in_transaction_now
            ),
        )
        engine.settings.weights = {"paytm": dict.fromkeys(("upi_intent", "card"), 0)}
        yield world


def revive(world: World) -> None:
    """Juspay can be reached again."""
    engine = world.engine
    engine.gateways["juspay"] = Juspay(
        Juspay.Config.model_validate({"base_url": f"{world.mock.base_url}/juspay", **JUSPAY}),
        engine.gateways["juspay"].wire,
    )


async def test_a_charge_that_juspay_never_got_is_paid_through_paytm(both: World) -> None:
    payment = await both.open_payment()
    attempt = await both.start_attempt(payment["id"])
    assert (attempt["gateway"], attempt["status"]) == ("paytm", "pending")
    assert attempt["next_action"]["uri"].startswith("upi://pay?")
    await both.customer_decides(attempt)
    await both.run_worker(seconds=91)
    paid = await both.read_payment(payment["id"])
    assert paid["status"] == "paid"
    assert [(a["gateway"], a["status"]) for a in paid["attempts"]] == [
        ("juspay", "failed"),
        ("paytm", "captured"),
    ]


async def test_a_card_entered_for_juspay_is_entered_again_on_paytms_page(both: World) -> None:
    payment = await both.open_payment()
    token = await both.card_token()
    attempt = await both.start_attempt(payment["id"], method="card", card_token=token)
    assert (attempt["gateway"], attempt["next_action"]["kind"]) == ("paytm", "redirect")
    logged = (await both.mock.get("/control/requests")).text
    assert token not in logged


async def test_manual_capture_stays_with_a_gateway_that_can_authorize(both: World) -> None:
    payment = await both.open_payment(capture="manual")
    attempt = await both.start_attempt(payment["id"])
    assert (attempt["gateway"], attempt["decline"]["code"]) == ("juspay", "gateway_unreachable")


async def test_after_five_failures_juspay_gets_no_charge_and_is_then_probed(both: World) -> None:
    for _ in range(6):
        payment = await both.open_payment()
        await both.start_attempt(payment["id"])
    current = await both.read_payment(payment["id"])
    assert [a["gateway"] for a in current["attempts"]] == ["paytm"]
    revive(both)
    both.clock.advance(seconds=16)
    payment = await both.open_payment()
    assert (await both.start_attempt(payment["id"]))["gateway"] == "juspay"
    rows = await both.sql("SELECT state FROM breaker WHERE gateway = 'juspay'")
    assert rows == [{"state": "closed"}]
