"""PostgreSQL ends connections again and again while many pay."""

import asyncio
from typing import Any

import asyncpg
import httpx
import pytest

from tests.world import ORDER, World

UPI = {"method": "upi_intent", "client": {"platform": "android"}}
_END_ALL = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


async def end_connections(database: str, times: int) -> None:
    """End every connection to the database, several times."""
    connection = await asyncpg.connect(database)
    try:
        for _ in range(times):
            await connection.execute(_END_ALL)
            await asyncio.sleep(0.04)
    finally:
        await connection.close()


async def until_answered(world: World, path: str, body: Any, key: str) -> httpx.Response:
    """Repeat a call under its key for as long as the database is away."""
    while (answer := await world.post(path, body, key=key)).status_code == 503:
        assert answer.headers["retry-after"]
        await asyncio.sleep(0.05)
    return answer


async def pay(world: World, number: int) -> tuple[str, str]:
    """A payment opened, attempted and partly known to the caller by its answers alone."""
    order = {**ORDER, "order_id": f"order-{number}"}
    opened = await until_answered(world, "/v1/payments", order, f"open-{number}")
    assert opened.status_code == 201, opened.text
    path = f"/v1/payments/{opened.json()['id']}/attempts"
    attempt = await attempted(world, path, f"attempt-{number}")
    assert attempt["next_action"]["uri"]
    return opened.json()["id"], attempt["id"]


async def attempted(world: World, path: str, key: str) -> dict[str, Any]:
    """An attempt that was sent: a process that the database does not hear calls no gateway, and
    its attempt fails as never sent. The customer then tries again."""
    for turn in range(50):
        answer = await until_answered(world, path, UPI, f"{key}-{turn}")
        assert answer.status_code == 201, answer.text
        attempt: dict[str, Any] = answer.json()["attempt"]
        if attempt["status"] != "failed":
            return attempt
        assert attempt["decline"]["code"] == "gateway_unreachable"
        await asyncio.sleep(0.2)
    raise AssertionError("no attempt was sent")


@pytest.mark.timeout(150)
async def test_connections_that_end_all_the_time_double_and_lose_nothing(
    world: World, database: str
) -> None:
    await world.script_mock("drop_webhook", times=100)
    ending = asyncio.create_task(end_connections(database, 12))
    paid = await asyncio.gather(*(pay(world, number) for number in range(20)))
    await ending
    orders = (await world.mock.get("/control/orders")).json()["orders"]
    assert len(orders) == len(paid) == 20
    rows = await world.sql("SELECT payment_id, id FROM attempt WHERE status <> 'failed'")
    assert {(row["payment_id"], row["id"]) for row in rows} == set(paid)
