"""What Kubernetes asks of a worker: whether it lives, and whether it is ready."""

import asyncio
import resource
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from payment_engine.demo.ports import free_port
from payment_engine.open_files import MOST
from tests.databases import create_empty_database, drop_database
from tests.forks import Fork
from tests.processes import forked
from tests.serving import http_client
from tests.world import World


@asynccontextmanager
async def worker(world: World, **more: str) -> AsyncIterator[tuple[Fork, httpx.AsyncClient]]:
    """A worker, once it answers probes."""
    port = free_port()
    async with (
        forked(world, "worker", PE_WORKER_PORT=str(port), **more) as running,
        http_client(f"http://127.0.0.1:{port}") as client,
    ):
        async with asyncio.timeout(40):
            while not await _answers(client):
                await asyncio.sleep(0.1)
        yield running, client


async def _answers(client: httpx.AsyncClient) -> bool:
    try:
        return (await client.get("/live")).status_code == 200
    except httpx.TransportError:
        return False


async def test_a_worker_lives_and_is_ready_beside_its_metrics(world: World) -> None:
    async with worker(world) as (running, client):
        assert (await client.get("/ready")).json() == {"status": "ready"}
        soft, hard = resource.prlimit(running.pid, resource.RLIMIT_NOFILE)
        assert soft >= min(hard, MOST)
        assert "payment_engine_build_info" in (await client.get("/metrics")).text
        running.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(running.wait(), 30) == 0


async def test_a_worker_is_not_ready_before_the_database_has_the_schema_of_its_release(
    world: World, postgres_url: str
) -> None:
    empty = await create_empty_database(postgres_url)
    try:
        async with worker(world, PE_DATABASE_URL=empty) as (_, client):
            answer = await client.get("/ready")
            assert answer.status_code == 503
            assert "run payment-engine migrate" in answer.json()["detail"]
    finally:
        await drop_database(postgres_url, empty)


async def test_a_worker_without_a_database_lives_and_is_not_ready(world: World) -> None:
    away = f"postgres://postgres@127.0.0.1:{free_port()}/none"
    async with worker(world, PE_DATABASE_URL=away) as (_, client):
        answer = await client.get("/ready")
        assert answer.status_code == 503
        assert answer.json()["detail"].startswith("the database")
        assert (await client.get("/live")).status_code == 200
