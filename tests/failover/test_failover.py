"""The primary is lost under load and its synchronous standby promoted: nothing acknowledged is
lost, and the service goes on by itself. FAILOVER_SECONDS lengthens the load before and after."""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from tests.failover.servers import Pair
from tests.releases.checkout import CURRENT
from tests.releases.installation import Installation
from tests.serving import http_client
from tests.world import ORDER

pytestmark = pytest.mark.timeout(240)
SECONDS = float(os.environ.get("FAILOVER_SECONDS", "3"))
CLIENTS = 8
DETECTED_AFTER = 2.0
"""Seconds after which whoever watches over the servers promotes the standby."""


@dataclass
class Load:
    """Clients that open payments, one after the other each: what was acknowledged, and when what
    was answered instead."""

    made: Installation
    api: str
    acknowledged: list[str] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    refused: list[tuple[float, int]] = field(default_factory=list)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """While the body runs."""
        stop = asyncio.Event()
        clients = [asyncio.create_task(self._open_on(stop, number)) for number in range(CLIENTS)]
        try:
            yield
        finally:
            stop.set()
            await asyncio.gather(*clients)

    async def _open_on(self, stop: asyncio.Event, client: int) -> None:
        number = 0
        while not stop.is_set():
            number += 1
            await self._open(f"F{client}-{number}")

    async def _open(self, order_id: str) -> None:
        order = {**ORDER, "order_id": order_id, "return_url": "https://shop.example/return"}
        headers = {"authorization": f"Bearer {self.made.service_key}", "idempotency-key": order_id}
        answer = await self.made.client.post(f"{self.api}/v1/payments", json=order, headers=headers)
        if answer.status_code == httpx.codes.CREATED:
            self.acknowledged.append(answer.json()["id"])
            self.times.append(time.monotonic())
        else:
            self.refused.append((time.monotonic(), answer.status_code))
            await asyncio.sleep(0.05)

    def acknowledged_since(self, moment: float) -> int:
        """How many were."""
        return sum(at > moment for at in self.times)


@pytest.fixture
def pair(open_folder: Path) -> Iterator[Pair]:
    made = Pair(open_folder)
    yield made
    made.stop()


@pytest.fixture
async def installation(pair: Pair, tmp_path: Path) -> AsyncIterator[Installation]:
    await asyncio.to_thread(pair.start)
    await on(pair.running[0].url, "CREATE DATABASE engine")
    async with http_client(timeout=60) as client:
        made = Installation(pair.url, tmp_path, client)
        await made.run(CURRENT, "migrate")
        await made.create_merchant(CURRENT)
        await on(pair.running[0].url, "ALTER SYSTEM SET synchronous_standby_names = 'standby'")
        await on(pair.running[0].url, "SELECT pg_reload_conf()")
        async with made.gateway():
            yield made


async def on(url: str, statement: str) -> Any:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


async def until_synchronous(primary: str) -> None:
    async with asyncio.timeout(30):
        while await on(primary, "SELECT sync_state FROM pg_stat_replication") != "sync":
            await asyncio.sleep(0.1)


async def test_a_promoted_standby_has_all_that_was_acknowledged_and_payments_go_on(
    pair: Pair, installation: Installation, record_property: Callable[[str, object], None]
) -> None:
    made, (primary, standby) = installation, [server.url for server in pair.running]
    await until_synchronous(primary)
    async with made.api(CURRENT, made.public_url) as api, made.process(CURRENT, "worker"):
        load = Load(made, api)
        async with load.running():
            await asyncio.sleep(SECONDS)
            lost_at = time.monotonic()
            await asyncio.to_thread(pair.kill_primary)
            await asyncio.sleep(DETECTED_AFTER)
            await on(standby, "SELECT pg_promote()")
            promoted_at = time.monotonic()
            async with asyncio.timeout(60):
                while not load.acknowledged_since(promoted_at):
                    await asyncio.sleep(0.02)
            await asyncio.sleep(SECONDS)
        await check(made, api, load)
        refused = {status for _, status in load.refused}
        assert refused == {503}
        assert load.acknowledged_since(promoted_at) > CLIENTS
        again = next(at for at in load.times if at > promoted_at) - lost_at
        report(load, lost_at, promoted_at, again, record_property)
        paid = await made.open(api)
        await made.attempt(api, paid)
        await made.until(api, paid, status="paid")
        await made.until_notified(paid, "payment.paid")
    assert "0 breaches" in await made.breaches(CURRENT)


async def check(made: Installation, api: str, load: Load) -> None:
    """Every acknowledged payment is there, and none is there twice."""
    assert len(load.acknowledged) > 2 * CLIENTS
    found = await on(made.database, "SELECT array_agg(id) FROM payment")
    assert set(load.acknowledged) - set(found) == set()
    orders = await on(made.database, "SELECT count(DISTINCT order_id) = count(*) FROM payment")
    assert orders, f"an order has two payments at {api}"


def report(
    load: Load,
    lost_at: float,
    promoted_at: float,
    again: float,
    record_property: Callable[[str, object], None],
) -> None:
    """The figures, for people and for the report of the run."""
    figures = {
        "acknowledged": len(load.acknowledged),
        "refused": len(load.refused),
        "seconds until promoted": round(promoted_at - lost_at, 2),
        "seconds without an acknowledgement": round(again, 2),
        "seconds after the promotion": round(again - promoted_at + lost_at, 2),
    }
    for name, value in figures.items():
        record_property(name, value)
    print(figures)  # noqa: T201
