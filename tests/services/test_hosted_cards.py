"""Cards entered on the gateway's own page, so that their numbers never reach us."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.world import World, running_world


@pytest.fixture
async def world(database: str, tmp_path: Path) -> AsyncIterator[World]:
    async with running_world(database, tmp_path / "spool", other_gateways=("paytm",)) as world:
        yield world


async def test_a_card_without_a_token_is_entered_on_the_page_of_a_gateway_that_has_one(
    world: World,
) -> None:
    payment = await world.open_payment()
    attempt = await world.start_attempt(payment["id"], method="card")
    page = attempt["next_action"]
    assert (attempt["gateway"], page["kind"], page["method"]) == ("paytm", "redirect", "POST")
    response = await world.mock.post(page["url"], data=page["fields"])
    assert response.status_code == 200
    await world.customer_decides(attempt)
    assert (await world.wait_for_status(payment["id"], "paid"))["amount_captured"] == 116400


async def test_a_card_token_goes_to_the_gateway_that_issued_it(world: World) -> None:
    payment = await world.open_payment()
    token = await world.card_token()
    attempt = await world.start_attempt(payment["id"], method="card", card_token=token)
    assert attempt["gateway"] == "juspay"


async def test_a_card_number_is_refused_unless_pass_through_is_enabled(world: World) -> None:
    payment = await world.open_payment()
    typed = {"number": "4012000000001097", "expiry": "11/33", "cvv": "917"}
    body = {"method": "card", "card": typed}
    answer = await world.post(f"/v1/payments/{payment['id']}/attempts", body)
    assert (answer.status_code, answer.json()["code"]) == (422, "card_data_not_accepted")
    assert (await world.read_payment(payment["id"]))["attempts"] == []


async def test_consent_to_save_at_a_gateway_that_saves_no_cards_is_harmless(
    world: World,
) -> None:
    payment = await world.open_payment()
    save = {"consent": True, "text_version": "2026-01"}
    attempt = await world.start_attempt(payment["id"], method="card", save=save)
    await world.customer_decides(attempt)
    await world.wait_for_status(payment["id"], "paid")
    await world.run_worker(seconds=60)
    assert await world.sql("SELECT id FROM saved_card") == []
    assert await world.sql("SELECT id FROM job WHERE kind = 'save_card'") == []
