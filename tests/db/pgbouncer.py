"""A real PgBouncer, by default in transaction mode and with few connections to the server."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest

from payment_engine.demo.ports import free_port

SERVER_CONNECTIONS = 3
_CONFIG = """
[databases]
* = host={host} port={port} user={user}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {listen}
unix_socket_dir =
auth_type = any
pool_mode = {mode}
default_pool_size = {size}
max_client_conn = 100
{more}
"""


@asynccontextmanager
async def pgbouncer(
    folder: Path,
    database: str,
    *,
    mode: str = "transaction",
    size: int = SERVER_CONNECTIONS,
    more: str = "",
    options: str = "",
) -> AsyncIterator[str]:
    """The URL of a database through it; skips the test where PgBouncer is not installed.

    ``more``: further lines of its configuration. ``options``: those of the URL with which it is
    known to answer.
    """
    program = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
    if not program:
        pytest.skip("apt-get install pgbouncer")
    server, port = urlsplit(database), free_port()
    config = folder / "pgbouncer.ini"
    config.write_text(
        _CONFIG.format(
            host=server.hostname,
            port=server.port,
            user=server.username,
            listen=port,
            size=size,
            mode=mode,
            more=more,
        )
    )
    account = ["-u", "nobody"] if os.geteuid() == 0 else []
    process = await asyncio.create_subprocess_exec(program, "-q", *account, str(config))
    try:
        url = server._replace(netloc=f"{server.username}@127.0.0.1:{port}").geturl()
        await _answering(url + options)
        yield url
    finally:
        process.terminate()
        await process.wait()


async def _answering(url: str) -> None:
    async with asyncio.timeout(10):
        while True:
            try:
                await (await asyncpg.connect(url, statement_cache_size=0)).close()
            except (OSError, asyncpg.PostgresError):
                await asyncio.sleep(0.05)
            else:
                return
