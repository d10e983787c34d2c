"""PostgreSQL ends connections again and again while many pay."""

import asyncio
from typing import Any

import asyncpg
import httpx

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
    answer = await until_answered(world, path, UPI, f"attempt-{number}")
    assert answer.status_code == 201, answer.text
    assert answer.json()["attempt"]["next_action"]["uri"]
    return opened.json()["id"], answer.json()["attempt"]["id"]


async def test_connections_that_end_all_the_time_double_and_lose_nothing(
    world: World, database: str
) -> None:
    await world.script_mock("drop_webhook", times=100)
    ending = asyncio.create_task(end_connections(database, 12))
    paid = await asyncio.gather(*(pay(world, number) for number in range(20)))
    await ending
    orders = (await world.mock.get("/control/orders")).json()["orders"]
    assert len(orders) == len(paid) == 20
    rows = await world.sql("SELECT payment_id, id FROM attempt")
    assert {(row["payment_id"], row["id"]) for row in rows} == set(paid)
