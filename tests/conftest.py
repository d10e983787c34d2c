"""Servers that start when a test first asks, and an empty database for each test.

What fixtures need of the service is imported inside them: a test of pure functions shall not
wait for web frameworks and drivers.
"""

from __future__ import annotations

import asyncio
import gc
import os
import secrets
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.captured_logs import log_plainly
from tests.invariants import check_invariants
from tests.reopened_loops import ReopenedLoops
from tests.servers import Servers, ServerUnavailable, server_url

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Generator, Iterator

    import httpx

    from tests.world import World

COVERING = ("unit", "contract", "db")
"""Folders whose tests must cover every line and branch of domain and gateways by themselves."""

log_plainly()
asyncio.set_event_loop_policy(ReopenedLoops())
gc.set_threshold(50_000, 20, 50)  # as the service has it

_TESTS = Path(__file__).parent


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores: much of a test's time is waiting."""
    return (os.cpu_count() or 1) + 1


def pytest_configure(config: pytest.Config) -> None:
    """Offer servers from the process that controls the run; workers are its children."""
    if hasattr(config, "workerinput") or config.option.collectonly:
        return
    servers = Servers()
    servers.open()
    config.add_cleanup(servers.close)


def pytest_collection_finish() -> None:
    """No example of a property may fail because the machine is busy.

    Modules that use hypothesis have imported it by now; the others need not wait for it. What has
    been imported stays to the end, so no collection of garbage need go through it.
    """
    gc.collect()
    gc.freeze()
    if "hypothesis" in sys.modules:
        from hypothesis import HealthCheck, settings

        too_slow = [HealthCheck.too_slow]
        settings.register_profile("timeless", deadline=None, suppress_health_check=too_slow)
        settings.load_profile("timeless")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """PostgreSQL starts before a test's time is counted.

    Coverage, if it is measured, counts nothing that the tests of other folders run.
    """
    if "postgres_url" in getattr(item, "fixturenames", ()):
        with suppress(ServerUnavailable):  # whoever uses it says why
            server_url("postgres")
    plugin = item.config.pluginmanager.getplugin("_cov")
    if plugin is None or item.path.relative_to(_TESTS).parts[0] in COVERING:
        return (yield)
    plugin.cov_controller.pause()
    try:
        return (yield)
    finally:
        plugin.cov_controller.resume()


@pytest.fixture(scope="session")
def postgres_url() -> str:
    """The PostgreSQL server of this run."""
    return server_url("postgres")


@pytest.fixture
async def database(postgres_url: str, request: pytest.FixtureRequest) -> AsyncIterator[str]:
    """A migrated, empty database: this worker's, emptied for each test.

    If the service ran on it, its books must add up in the end.
    """
    from tests.databases import emptied_database

    async with emptied_database(postgres_url, request) as url:
        yield url


@pytest.fixture
async def fresh_database(postgres_url: str, request: pytest.FixtureRequest) -> AsyncIterator[str]:
    """A migrated database that no other test has used or will use.

    If the service ran on it, its books must add up in the end.
    """
    from tests.databases import create_database, drop_database

    url = await create_database(postgres_url)
    yield url
    try:
        await check_invariants(request, url)
    finally:
        await drop_database(postgres_url, url)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every account may enter, as root's PostgreSQL must; pytest's own is closed."""
    with tempfile.TemporaryDirectory(prefix="engine-tests-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


@pytest.fixture
def mongo_url() -> str:
    """A MongoDB database of this test's own."""
    try:
        server = server_url("mongo")
    except ServerUnavailable as reason:
        pytest.skip(str(reason))
    return f"{server.rstrip('/')}/test_{secrets.token_hex(6)}"


@pytest.fixture
async def world(database: str, tmp_path: Path) -> AsyncIterator[World]:
    """The service with its mock gateways; raw exchanges go to the spool."""
    from tests.world import running_world

    async with running_world(database, tmp_path / "spool") as world:
        yield world


@pytest.fixture
async def quiet_world(world: World) -> World:
    """Without webhooks but those that a test sends itself."""
    await world.script_mock("drop_webhook", times=1000)
    return world


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    """A plain client."""
    from tests.serving import http_client

    async with http_client() as client:
        yield client
