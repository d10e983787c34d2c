"""Processes of the engine: started as in production, or forked where a start is not the matter."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from payment_engine.demo.ports import free_port
from tests.forks import Fork, fork
from tests.serving import http_client
from tests.world import JUSPAY, World

ROOT = Path(__file__).parents[1]


@asynccontextmanager
async def process(
    world: World, name: str, **more: str
) -> AsyncIterator[asyncio.subprocess.Process]:
    """A process of the engine with the world's database and mock, started as in production."""
    made = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "payment_engine", name),
        env=_environ(world, more),
        stderr=asyncio.subprocess.PIPE,
    )
    async with _ended(made):
        yield made


@asynccontextmanager
async def forked(world: World, name: str, **more: str) -> AsyncIterator[Fork]:
    """The same, in a tenth of the time."""
    made = await fork(ROOT, name, **_environ(world, more))
    async with _ended(made):
        yield made


@asynccontextmanager
async def _ended(made: asyncio.subprocess.Process | Fork) -> AsyncIterator[None]:
    try:
        yield
    finally:
        if made.returncode is None:
            made.kill()
        await made.communicate()


def _environ(world: World, more: dict[str, str]) -> dict[str, str]:
    settings = world.engine.settings
    gateway = settings.gateways["juspay"]
    return {
        "PATH": os.defpath,
        "PYTHONPATH": str(ROOT),
        "PE_DATABASE_URL": settings.database_url,
        "PE_SECRET": settings.secret.get_secret_value(),
        "PE_SPOOL_DIR": str(settings.spool_dir),
        "PE_GATEWAYS__JUSPAY__BASE_URL": gateway["base_url"],
        "PE_WORKER_PORT": "0",
        "PE_DRAIN_SECONDS": "0",
        **{f"PE_GATEWAYS__JUSPAY__{key.upper()}": value for key, value in JUSPAY.items()},
        **more,
    }


async def answering(url: str) -> None:
    """Wait until the API answers."""
    async with http_client() as client, asyncio.timeout(40):
        while True:
            try:
                await client.get(f"{url}/live")
            except httpx.TransportError:
                await asyncio.sleep(0.05)
            else:
                return


@asynccontextmanager
async def api_process(world: World, **more: str) -> AsyncIterator[tuple[Fork, str]]:
    """Another API on the world's database, and its URL, once it answers."""
    port = str(free_port())
    url = f"http://127.0.0.1:{port}"
    async with forked(world, "api", PE_API_PORT=port, **more) as api:
        await answering(url)
        yield api, url
