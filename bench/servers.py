"""Starts what is compared: the engine, its peers, PostgreSQL and the gateway, all on loopback."""

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from bench.engine import Server, Stage, gateway, prepare, stage
from bench.peers import shared
from payment_engine.demo import postgres
from payment_engine.demo.ports import free_port

PEERS = {
    "FastAPI + SQLAlchemy": "fastapi_sqlalchemy",
    "FastAPI + asyncpg, one statement": "fastapi_asyncpg",
    "Flask + gunicorn + psycopg": "flask_psycopg",
    "one process, blocking database": "blocking",
    "Sanic + plain Tortoise": "tortoise_plain",
}
ENGINE = "payment engine"
INIT_ONLY = "Sanic + plain Tortoise"
"""The peer that only opens payments."""
IN_MEMORY = "payment engine, store in memory"


@dataclass(frozen=True)
class Setting:
    """Everything that runs, and a folder for files of the run."""

    servers: dict[str, Server]
    postgres: postgres.Postgres
    folder: Path


@contextmanager
def running() -> Iterator[Setting]:
    """Start them all, idle, and stop them at the end."""
    with stage() as made:
        port = gateway(made)
        engine = prepare(made, "engine", port)
        in_memory = [sys.executable, "-m", "bench.peers.memory"]
        servers = {ENGINE: engine.serve(), IN_MEMORY: engine.serve(in_memory)}
        for title, module in PEERS.items():
            servers[title] = _peer(module, made, port, engine.key)
        yield Setting(servers, made.postgres, made.folder)


def _peer(module: str, made: Stage, gateway_port: int, key: str) -> Server:
    port = free_port()
    plain = module == "tortoise_plain"
    database = made.postgres.database("engine" if plain else module)
    if not plain:
        asyncio.run(_create(made.postgres, module))
    environ = {
        "DATABASE": database,
        "KEY": key,
        "GATEWAY": f"http://127.0.0.1:{gateway_port}/charge",
    }
    command = [sys.executable, "-m", f"bench.peers.{module}", str(port)]
    if module == "flask_psycopg":
        options = ["-k", "gthread", "--threads", "32", "-b", f"127.0.0.1:{port}"]
        command = [sys.executable, "-m", "gunicorn", *options, "bench.peers.flask_psycopg:app"]
    child = made.serve(command, environ, port)
    return Server(f"http://127.0.0.1:{port}", key, child.pid)


async def _create(server: postgres.Postgres, name: str) -> None:
    connection = await asyncpg.connect(server.url)
    await connection.execute(f'CREATE DATABASE "{name}"')
    await connection.close()
    connection = await asyncpg.connect(server.database(name))
    await connection.execute(shared.SCHEMA)
    await connection.close()
