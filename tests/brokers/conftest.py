"""A broker of each kind, and the service that hands its messages over to it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.brokers.servers import KINDS, Server
from tests.world import World, running_world


@pytest.fixture(params=KINDS)
async def server(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Server]:
    made = KINDS[request.param](tmp_path)
    await made.start()
    await made.prepare()
    yield made
    await made.kill()


@pytest.fixture
async def world(server: Server, fresh_database: str, tmp_path: Path) -> AsyncIterator[World]:
    spool = tmp_path / "spool"
    async with running_world(fresh_database, spool, messages_broker=server.url) as world:
        yield world
