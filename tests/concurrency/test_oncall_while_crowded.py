"""People on call and readiness are answered while every connection of the payments waits."""

import asyncio
from collections.abc import AsyncIterator, Awaitable

import asyncpg
import httpx
import pytest

from tests.world import World

SOON = 5.0
"""Seconds: a statement for people on call waits for three at most."""


@pytest.fixture
async def payment_id(world: World) -> str:
    """A payment that was opened before."""
    return str((await world.open_payment())["id"])


@pytest.fixture
async def crowded(world: World, database: str, payment_id: str) -> AsyncIterator[World]:
    """Twice as many statements as there are connections wait behind a lock on a table."""
    lock = await asyncpg.connect(database)
    transaction = lock.transaction()
    await transaction.start()
    await lock.execute("LOCK TABLE consent IN ACCESS EXCLUSIVE MODE")
    pool = world.engine.db.pool
    waiting = [asyncio.create_task(_waiting_statement(world)) for _ in range(2 * pool.size)]
    async with asyncio.timeout(10):
        while pool.waiting < pool.size:
            await asyncio.sleep(0.01)
    yield world
    await transaction.rollback()
    await lock.close()
    await asyncio.gather(*waiting, return_exceptions=True)


async def _waiting_statement(world: World) -> object:
    """One that waits for the table, by a connection of the payments."""
    return await world.engine.db.fetch("SELECT count(*) FROM consent")


async def soon(answer: Awaitable[httpx.Response]) -> httpx.Response:
    async with asyncio.timeout(SOON):
        return await answer


async def test_readiness_and_metrics_wait_for_no_payment(crowded: World) -> None:
    assert (await soon(crowded.api.get("/ready"))).status_code == 200
    text = (await soon(crowded.api.get("/metrics"))).text
    assert 'payment_engine_pool_connections{pool="payments"} 8.0' in text


@pytest.mark.parametrize("path", ["routes", "attempts?state=unsettled", "quarantine", "actions"])
async def test_people_on_call_read_while_payments_wait(crowded: World, path: str) -> None:
    answer = await soon(crowded.get(f"/v1/admin/{path}", crowded.keys.admin_key))
    assert answer.status_code == 200


async def test_people_on_call_find_a_payment_and_switch_a_route_while_payments_wait(
    crowded: World, payment_id: str
) -> None:
    key = crowded.keys.admin_key
    found = await soon(crowded.get(f"/v1/admin/search?q={payment_id}", key))
    assert [each["id"] for each in found.json()["payments"]] == [payment_id]
    path = f"/v1/admin/payments/{payment_id}/timeline"
    read = await soon(crowded.get(path, key))
    assert read.status_code == 200, read.text
    assert read.json()["payment"]["id"] == payment_id
    body = {"enabled": False, "reason": "crowded"}
    route = "/v1/admin/routes/juspay/upi_intent"
    answer = await soon(crowded.api.put(route, json=body, headers=crowded.headers(key)))
    assert answer.json()["outcome"]["after"]["enabled"] is False
