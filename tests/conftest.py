"""Real servers once per run, a fresh database per test, and the whole app over loopback."""

import asyncio
import os
import secrets
import socket
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import httpx
import pytest
from sanic import Sanic

from payment_engine.demo import mongo, postgres
from payment_engine.migrate import migrate

Sanic.test_mode = True

POSTGRES = "PE_TEST_POSTGRES"
MONGO = "PE_TEST_MONGO"
TEMPLATE = "engine_template"


def pytest_configure(config: pytest.Config) -> None:
    """Start the servers in the process that leads the run; workers find them by environment."""
    if hasattr(config, "workerinput") or config.option.collectonly:
        return
    home = Path(tempfile.mkdtemp(prefix="engine-tests-"))
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


@pytest.fixture(autouse=True)
def _loopback_only(socket_enabled: None) -> Iterator[None]:
    """Nothing but this machine is reached."""
    from pytest_socket import socket_allow_hosts

    socket_allow_hosts(["127.0.0.1"], allow_unix_socket=True)
    yield


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


@asynccontextmanager
async def served(app: Sanic) -> AsyncIterator[str]:
    """The app behind a real socket; its base URL."""
    sock = socket.socket()
    sock.bind(("127.0.0.1", 0))
    async with served_on(app, sock) as url:
        yield url


@asynccontextmanager
async def served_on(app: Sanic, sock: socket.socket) -> AsyncIterator[str]:
    """The app behind this socket; its base URL."""
    server = await app.create_server(sock=sock, return_asyncio_server=True)
    await server.startup()
    await server.before_start()
    await server.after_start()
    try:
        yield f"http://127.0.0.1:{sock.getsockname()[1]}"
    finally:
        await server.before_stop()
        await server.close()
        await server.after_stop()


@pytest.fixture
def bound() -> Iterator[Callable[[], socket.socket]]:
    """Sockets bound to free ports before their apps are built, so that each may know the other."""
    made: list[socket.socket] = []

    def bind() -> socket.socket:
        sock = socket.socket()
        sock.bind(("127.0.0.1", 0))
        made.append(sock)
        return sock

    yield bind
    for sock in made:
        sock.close()


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    """A plain client."""
    async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
        yield client
