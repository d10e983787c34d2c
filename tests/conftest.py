"""Real servers once per run, and a fresh database per test."""

import asyncio
import os
import secrets
import shutil
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import httpx
import pytest
import structlog

from payment_engine.db.migrate import migrate
from payment_engine.demo import mongo, postgres
from tests.world import World, running_world

# Drawn tracebacks show every local: of a deep recursion that takes longer than any test may.
structlog.configure(
    processors=[
        structlog.processors.add_log_level,
        structlog.processors.format_exc_info,
        structlog.processors.KeyValueRenderer(),
    ]
)

POSTGRES = "PE_TEST_POSTGRES"
MONGO = "PE_TEST_MONGO"
TEMPLATE = "engine_template"


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores: much of a test's time is waiting."""
    return (os.cpu_count() or 1) + 1


def pytest_configure(config: pytest.Config) -> None:
    """Start the servers in the process that leads the run; workers find them by environment."""
    if hasattr(config, "workerinput") or config.option.collectonly:
        return
    home = Path(tempfile.mkdtemp(prefix="engine-tests-"))
    home.chmod(0o755)  # as root, PostgreSQL runs as nobody and must get in
    config.add_cleanup(lambda: shutil.rmtree(home, ignore_errors=True))
    server = postgres.start(home / "postgres", durable=False)
    config.add_cleanup(server.stop)
    os.environ[POSTGRES] = server.url
    asyncio.run(migrate(server.url.rpartition("/")[0] + "/" + TEMPLATE))
    try:
        documents = mongo.start(home / "mongo")
    except mongo.MongoUnavailable as reason:
        os.environ[MONGO] = f"missing: {reason}"
    else:
        config.add_cleanup(documents.stop)
        os.environ[MONGO] = documents.url


@pytest.fixture
async def database() -> AsyncIterator[str]:
    """A migrated database of this test's own."""
    server = os.environ[POSTGRES].rpartition("/")[0]
    name = f"test_{secrets.token_hex(6)}"
    admin = await asyncpg.connect(f"{server}/postgres")
    try:
        await admin.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY FILE_COPY")
        yield f"{server}/{name}"
        await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        await admin.close()


@pytest.fixture
def mongo_url() -> str:
    """A MongoDB database of this test's own."""
    url = os.environ[MONGO]
    if url.startswith("missing"):
        pytest.skip(url)
    return f"{url.rstrip('/')}/test_{secrets.token_hex(6)}"


@pytest.fixture
async def world(database: str, tmp_path: Path) -> AsyncIterator[World]:
    """The service with its mock gateways; raw exchanges go to the spool."""
    async with running_world(database, tmp_path / "spool") as world:
        yield world


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    """A plain client."""
    async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
        yield client
