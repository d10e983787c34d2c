"""Answers about a customer's things are as they are described."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.api.test_interface import misfit
from tests.customers import CONSENT, SETTINGS, call_as_customer, token_of
from tests.saved_instruments import save_card
from tests.world import World, running_world

REF = "cust-8812"


@pytest.fixture
async def world(database: str, tmp_path: Path) -> AsyncIterator[World]:
    async with running_world(database, tmp_path / "spool", **SETTINGS) as world:
        yield world


@pytest.fixture
def answers(world: World) -> list[httpx.Response]:
    """Every answer the API gives in this test."""
    received: list[httpx.Response] = []

    async def note(answer: httpx.Response) -> None:
        await answer.aread()
        received.append(answer)

    world.api.event_hooks["response"].append(note)
    return received


async def test_every_answer_about_upi_ids_is_as_described(
    world: World, answers: list[httpx.Response]
) -> None:
    token = token_of(world, REF)
    for vpa in ("asha@okaxis", "invalid@okaxis", "asha"):
        await call_as_customer(world, "POST", "/v1/upi/validate", token, {"vpa": vpa})
        for _ in range(2):
            body = {"vpa": vpa, "save": CONSENT}
            await call_as_customer(world, "POST", "/v1/upi/vpas", token, body)
    listed = await call_as_customer(world, "GET", "/v1/upi/vpas", token)
    path = f"/v1/upi/vpas/{listed.json()['vpas'][0]['id']}"
    for _ in range(2):
        await call_as_customer(world, "DELETE", path, token)
    assert {200, 201, 204, 404, 422} <= {each.status_code for each in answers}
    assert [fault for each in answers if (fault := misfit(each))] == []


async def test_every_answer_about_a_customers_config_is_as_described(
    world: World, answers: list[httpx.Response]
) -> None:
    token, path = token_of(world, REF), "/v1/user-config"
    await world.paid_payment()
    await save_card(world)
    config = {"consents": {"save_card": {"given": True, "text_version": "1"}}, "language": "hi"}
    for tag in ('"0"', '"0"', '"1"', None):
        given = {"if-match": tag} if tag else {}
        await call_as_customer(world, "PATCH", path, token, config, **given)
        await call_as_customer(world, "PUT", path, token, {"language": "en"}, **given)
    await call_as_customer(world, "GET", path, token)
    await world.get(f"/v1/customers/{REF}/export")
    await world.api.delete(f"/v1/customers/{REF}", headers=world.headers())
    assert {200, 204, 412, 428} <= {each.status_code for each in answers}
    assert [fault for each in answers if (fault := misfit(each))] == []
