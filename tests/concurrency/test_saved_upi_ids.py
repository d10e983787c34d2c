"""UPI IDs that are saved at once: never more than a customer may have."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.customers import CONSENT, SETTINGS, call_as_customer, token_of
from tests.world import World, running_world

MOST = 3


@pytest.fixture
async def world(fresh_database: str, tmp_path: Path) -> AsyncIterator[World]:
    settings = {**SETTINGS, "saved_vpas_most": MOST, "vpa_checks_per_customer": "100/minute"}
    async with running_world(fresh_database, tmp_path / "spool", **settings) as world:
        yield world


async def test_of_many_saved_at_once_only_so_many_are_saved(world: World) -> None:
    token = token_of(world, "cust-1")
    bodies = [{"vpa": f"asha.rao{n}@okaxis", "save": CONSENT} for n in range(12)]
    answers = await asyncio.gather(
        *(call_as_customer(world, "POST", "/v1/upi/vpas", token, body) for body in bodies)
    )
    assert sorted(answer.status_code for answer in answers) == [201] * MOST + [409] * (12 - MOST)
    saved = await call_as_customer(world, "GET", "/v1/upi/vpas", token)
    assert len(saved.json()["vpas"]) == MOST
