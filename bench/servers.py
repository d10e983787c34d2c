"""Starts what is compared: the engine, its peers, PostgreSQL and the gateway, all on loopback."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from bench.peers import shared
from payment_engine.db.migrate import migrate
from payment_engine.demo import postgres
from payment_engine.demo.ports import accepts, free_port
from payment_engine.demo.process import wait_until

ROOT = Path(__file__).parent.parent
PEERS = {
    "FastAPI + SQLAlchemy": "fastapi_sqlalchemy",
    "FastAPI + asyncpg, one statement": "fastapi_asyncpg",
    "Flask + gunicorn + psycopg": "flask_psycopg",
    "one process, blocking database": "blocking",
    "Sanic + plain Tortoise": "tortoise_plain",
}
ENGINE = "payment engine"
IN_MEMORY = "payment engine, store in memory"
_GATEWAY = {
    "MERCHANT_ID": "acme",
    "API_KEY": "k",
    "WEBHOOK_USERNAME": "u",
    "WEBHOOK_PASSWORD": "p",
}


@dataclass(frozen=True)
class Server:
    """A server under test: its address, the key it takes, and the root of its process tree."""

    url: str
    key: str
    pid: int


@dataclass(frozen=True)
class Setting:
    """Everything that runs, and a folder for files of the run."""

    servers: dict[str, Server]
    postgres: postgres.Postgres
    folder: Path


@contextmanager
def running() -> Iterator[Setting]:
    """Start them all, idle, and stop them at the end."""
    folder = Path(tempfile.mkdtemp(prefix="engine-bench-"))
    folder.chmod(0o755)
    children: list[subprocess.Popen[bytes]] = []
    server = postgres.start(folder / "postgres", settings={"shared_buffers": "512MB"})
    try:
        gateway = free_port()
        children.append(_start([sys.executable, "-m", "bench.gateway", str(gateway)], {}))
        servers = _engines(server, folder, gateway, children)
        for title, module in PEERS.items():
            servers[title] = _peer(module, server, gateway, children, servers[ENGINE].key)
        yield Setting(servers, server, folder)
    finally:
        for child in children:
            child.terminate()
        for child in children:
            child.wait()
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _engines(
    server: postgres.Postgres, folder: Path, gateway: int, children: list[subprocess.Popen[bytes]]
) -> dict[str, Server]:
    """The engine on PostgreSQL, and its handlers over the store in memory."""
    url = server.database("engine")
    asyncio.run(migrate(url))
    environ = {
        "PE_DATABASE_URL": url,
        "PE_SECRET": "s" * 40,
        "PE_SPOOL_DIR": str(folder / "spool"),
        "PE_GATEWAYS__JUSPAY__BASE_URL": f"http://127.0.0.1:{gateway}/juspay",
        **{f"PE_GATEWAYS__JUSPAY__{name}": value for name, value in _GATEWAY.items()},
    }
    command = [sys.executable, "-m", "payment_engine"]
    merchant = subprocess.run(
        [*command, "merchant", "Bench"],
        env={**os.environ, **environ},
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    key = json.loads(merchant.stdout)["service_key"]
    commands = {ENGINE: [*command, "api"], IN_MEMORY: [sys.executable, "-m", "bench.peers.memory"]}
    servers = {}
    for title, each in commands.items():
        port = free_port()
        child = _start(each, {**environ, "PE_API_PORT": str(port)})
        children.append(child)
        wait_until(lambda port=port: accepts(port), 60)
        servers[title] = Server(f"http://127.0.0.1:{port}", key, child.pid)
    return servers


def _peer(
    module: str,
    server: postgres.Postgres,
    gateway: int,
    children: list[subprocess.Popen[bytes]],
    key: str,
) -> Server:
    port = free_port()
    plain = module == "tortoise_plain"
    database = server.database("engine" if plain else module)
    if not plain:
        asyncio.run(_create(server, module))
    environ = {
        "DATABASE": database,
        "KEY": key,
        "GATEWAY": f"http://127.0.0.1:{gateway}/charge",
    }
    command = [sys.executable, "-m", f"bench.peers.{module}", str(port)]
    if module == "flask_psycopg":
        options = ["-k", "gthread", "--threads", "32", "-b", f"127.0.0.1:{port}"]
        command = [sys.executable, "-m", "gunicorn", *options, "bench.peers.flask_psycopg:app"]
    child = _start(command, environ)
    children.append(child)
    wait_until(lambda: accepts(port), 60)
    return Server(f"http://127.0.0.1:{port}", key, child.pid)


async def _create(server: postgres.Postgres, name: str) -> None:
    connection = await asyncpg.connect(server.url)
    await connection.execute(f'CREATE DATABASE "{name}"')
    await connection.close()
    connection = await asyncpg.connect(server.database(name))
    await connection.execute(shared.SCHEMA)
    await connection.close()


def _start(command: list[str], environ: dict[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command,
        env={**os.environ, **environ},
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
