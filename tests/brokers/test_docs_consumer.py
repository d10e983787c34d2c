"""docs/webhooks.md: its consumer applies what the service hands to a real broker once, and nothing
else."""

import asyncio
import re
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import nats
import pytest

from tests.brokers.servers import Nats
from tests.world import World

PAGE = (Path(__file__).parents[2] / "docs" / "webhooks.md").read_text()
CONSUMER = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)[1]
TABLES = """
CREATE TABLE orders (id TEXT PRIMARY KEY, status TEXT);
CREATE TABLE handled (payment_id TEXT PRIMARY KEY, sequence INTEGER NOT NULL);
"""

pytestmark = [pytest.mark.timeout(120), pytest.mark.parametrize("server", ["nats"], indirect=True)]


@asynccontextmanager
async def consuming(world: World, server: Nats, orders: sqlite3.Connection) -> AsyncIterator[None]:
    """The code of the page, with the merchant's secret."""
    code: dict[str, Any] = {}
    exec(CONSUMER, code)  # noqa: S102
    keys = world.keys
    work = code["consume"](server.url, keys.merchant_id, keys.notify_secret, orders)
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
def orders() -> sqlite3.Connection:
    made = sqlite3.connect(":memory:")
    made.executescript(TABLES)
    return made


def statuses(orders: sqlite3.Connection) -> dict[str, str]:
    return dict(orders.execute("SELECT id, status FROM orders"))


async def until(orders: sqlite3.Connection, expected: dict[str, str]) -> None:
    async with asyncio.timeout(30):
        while statuses(orders) != expected:
            await asyncio.sleep(0.05)


async def test_the_consumer_of_the_page_learns_of_each_payment(
    world: World, server: Nats, orders: sqlite3.Connection
) -> None:
    paid = await world.paid_payment()
    orders.execute("INSERT INTO orders VALUES (?, 'placed')", (paid["order_id"],))
    async with consuming(world, server, orders):
        await world.run_worker()
        await until(orders, {paid["order_id"]: "paid"})
    assert orders.execute("SELECT sequence FROM handled").fetchall() == [(2,)]


async def test_it_ignores_repeats_and_what_somebody_else_wrote(
    world: World, server: Nats, orders: sqlite3.Connection
) -> None:
    paid = await world.paid_payment()
    await world.run_worker()
    orders.execute("INSERT INTO orders VALUES (?, 'placed')", (paid["order_id"],))
    client = await nats.connect(server.url)
    stream = client.jetstream()
    merchant_id = world.keys.merchant_id
    first = await stream.get_msg("payments", 1)
    headers = {name: text for name, text in (first.headers or {}).items() if "Nats" not in name}
    forged = (first.data or b"").replace(b'"sequence":1', b'"sequence":99')
    assert forged != first.data
    for body in (first.data or b"", forged):
        await stream.publish(f"payments.{merchant_id}.payment.pending", body, headers=headers)
    async with consuming(world, server, orders), asyncio.timeout(30):
        while True:
            try:
                ended = (await stream.consumer_info("payments", "orders")).ack_floor
            except nats.js.errors.NotFoundError:
                continue
            if ended and ended.stream_seq == 4:
                break
            await asyncio.sleep(0.05)
    await client.close()
    assert statuses(orders) == {paid["order_id"]: "paid"}
