"""The row of a process in PostgreSQL, and what a process without a recent one may not do."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path

import asyncpg
import httpx
import pytest
from pydantic import SecretStr

from payment_engine.db.pool import Pool
from payment_engine.db.processes import Role
from payment_engine.domain.gateway import Fenced
from payment_engine.domain.wire import WireBounds
from payment_engine.engine import open_engine
from payment_engine.gateways.http import Wire
from payment_engine.heartbeat import FRESH, PACE, Heartbeat
from payment_engine.settings import Settings
from payment_engine.worker import process_round
from tests.seconds import Seconds
from tests.unit.gateways.loopback import post
from tests.world import JUSPAY, World


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
async def beating(pool: Pool, seconds: Seconds) -> AsyncIterator[Heartbeat]:
    """A heartbeat that was started on a clock that stands still."""
    heartbeat = Heartbeat("prc_1", "worker", lambda: pool, clock=seconds)
    await heartbeat.start()
    yield heartbeat
    await heartbeat.stop()


async def rows(pool: Pool) -> list[asyncpg.Record]:
    return await pool.fetch("SELECT * FROM process ORDER BY id")


async def test_a_process_has_a_row_whose_heartbeat_moves(beating: Heartbeat, pool: Pool) -> None:
    [first] = await rows(pool)
    assert (first["id"], first["role"], first["stopped_at"]) == ("prc_1", "worker", None)
    await beating.renew()
    [second] = await rows(pool)
    assert second["heartbeat_at"] > first["heartbeat_at"]
    assert second["started_at"] == first["started_at"]


async def test_a_process_that_stops_records_it_and_is_never_fresh_again(
    beating: Heartbeat, pool: Pool
) -> None:
    assert beating.fresh()
    await beating.stop()
    [row] = await rows(pool)
    assert row["stopped_at"] is not None
    assert not beating.fresh()


async def test_a_process_that_started_without_its_database_appears_when_it_is_back(
    pool: Pool, seconds: Seconds
) -> None:
    heartbeat = Heartbeat("prc_late", "api", lambda: pool, clock=seconds)
    seconds.now += 60
    await heartbeat.renew()
    [row] = await pool.fetch("SELECT heartbeat_at - started_at AS age FROM process")
    assert timedelta(seconds=59) < row["age"] < timedelta(seconds=61)


async def test_a_full_pool_delays_no_heartbeat(world: World) -> None:
    pool, heartbeat = world.engine.db.pool, world.engine.heartbeat
    busy = [await pool.acquire() for _ in range(world.engine.settings.database_pool)]
    before = await rows(world.engine.db.apart)
    await heartbeat.renew()
    after = await rows(world.engine.db.apart)
    for connection in busy:
        await pool.release(connection)
    assert after[0]["heartbeat_at"] > before[0]["heartbeat_at"]


async def test_with_an_old_heartbeat_nothing_is_sent_until_the_next_one(
    beating: Heartbeat, seconds: Seconds
) -> None:
    requests: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return httpx.Response(200, json={})

    transport = httpx.MockTransport(answer)
    wire = Wire("test", record=lambda _: None, alive=beating.fresh, transport=transport)
    seconds.now += FRESH + 0.1
    with pytest.raises(Fenced, match="database"):
        await post(wire, "http://gateway.test")
    assert requests == []
    assert wire.health() == "up"
    await beating.renew()
    await post(wire, "http://gateway.test")
    assert len(requests) == 1
    await wire.aclose()


async def test_an_engine_renews_its_row_and_records_its_end(
    database: str, tmp_path: Path, pool: Pool
) -> None:
    settings = Settings(database_url=database, spool_dir=tmp_path, secret=SecretStr("-" * 32))
    async with open_engine(settings, role="api") as engine:
        [running] = await rows(pool)
    [ended] = await rows(pool)
    assert (running["id"], running["role"]) == (engine.heartbeat.process_id, "api")
    assert running["stopped_at"] is None
    assert ended["stopped_at"] >= ended["heartbeat_at"]


@pytest.mark.parametrize(("role", "most"), [("api", 64), ("worker", 256)])
async def test_a_worker_has_more_calls_in_flight(
    database: str, tmp_path: Path, role: Role, most: int
) -> None:
    settings = Settings(
        database_url=database,
        spool_dir=tmp_path,
        secret=SecretStr("-" * 32),
        gateways={"juspay": {"base_url": "http://127.0.0.1:1", **JUSPAY}},
        wires={"juspay": WireBounds(max_waiting=0)},
    )
    async with open_engine(settings, role=role) as engine, AsyncExitStack() as calls:
        wire = engine.gateways["juspay"].wire
        for _ in range(most):
            assert not wire.full
            await calls.enter_async_context(wire._slots.one())
        assert wire.full


async def test_rows_of_processes_go_after_a_week(world: World) -> None:
    await world.sql(
        "INSERT INTO process (id, role, started_at, heartbeat_at) "
        "SELECT 'prc_' || days, 'api', at, at "
        "FROM (SELECT days, now() - make_interval(days => days) AS at "
        "FROM generate_series(6, 8) days) RETURNING id"
    )
    await process_round(world.engine)
    left = {row["id"] for row in await world.sql("SELECT id FROM process")}
    assert left == {"prc_6", world.engine.heartbeat.process_id}


async def test_while_no_heartbeat_can_be_written_a_charge_reaches_no_gateway(
    world: World,
) -> None:
    payment = await world.open_payment()
    blocker = await asyncpg.connect(world.engine.settings.database_url)
    await blocker.execute("BEGIN; LOCK TABLE process IN EXCLUSIVE MODE")
    async with asyncio.timeout(FRESH + PACE):
        while world.engine.heartbeat.fresh():
            await asyncio.sleep(0.1)
    body = {"method": "upi_intent", "client": {"platform": "android"}}
    answer = await world.post(f"/v1/payments/{payment['id']}/attempts", body)
    assert answer.json()["attempt"]["status"] == "failed"
    assert (await world.mock.get("/control/orders")).json()["orders"] == []
    await blocker.close()
    async with asyncio.timeout(2 * PACE):
        while not world.engine.heartbeat.fresh():
            await asyncio.sleep(0.1)
    assert (await world.start_attempt(payment["id"]))["status"] == "pending"
