"""Refunds that were made at Paytm without us: it sums them up, and lists none."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.services.test_actions import act
from tests.world import World, running_world


@pytest.fixture
async def world(database: str, tmp_path: Path) -> AsyncIterator[World]:
    weights = {"juspay": {"upi_intent": 0}}
    async with running_world(
        database, tmp_path / "spool", other_gateways=("paytm",), weights=weights
    ) as world:
        yield world


async def test_money_that_paytm_refunded_by_itself_is_reviewed_and_not_refunded_again(
    world: World,
) -> None:
    payment = await world.open_payment()
    attempt = await world.start_attempt(payment["id"])
    assert attempt["gateway"] == "paytm"
    await world.customer_decides(attempt)
    await world.run_worker(seconds=91)
    await world.customer_decides(attempt, "auto_refund")
    outcome = await act(world, f"attempts/{attempt['id']}/sync")
    assert (outcome["after"], outcome["review"]) == (
        "captured",
        "a refund that we did not ask for",
    )
    body = {"amount": 116400, "reason": "test"}
    answer = await world.post(f"/v1/payments/{payment['id']}/refunds", body)
    assert (answer.status_code, answer.json()["code"]) == (409, "money_already_returned")
