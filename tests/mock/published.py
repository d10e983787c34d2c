"""Runs the gateways' published clients as programs configured by their environment alone."""

import asyncio
import json
import os
import shutil
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

CLIENTS = Path(__file__).parent / "clients"
NODE_CLIENTS = CLIENTS / "node"
_INSTALL = f"npm ci --ignore-scripts --prefix {os.path.relpath(NODE_CLIENTS)}"


def node() -> str:
    """Node, with the clients installed; skips the test where they are not."""
    found = shutil.which("node")
    if not found or not (NODE_CLIENTS / "node_modules").is_dir():
        pytest.skip(f"needs Node.js and: {_INSTALL}")
    return found


class Program:
    """A client that answers each line of JSON with another."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def ask(self, *call: Any) -> Any:
        """One call, and what the client made of its answer."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(call).encode() + b"\n")
        await self._process.stdin.drain()
        line = await asyncio.wait_for(self._process.stdout.readline(), 30)
        if not line and self._process.stderr:
            raise AssertionError((await self._process.stderr.read()).decode())
        return json.loads(line)


@asynccontextmanager
async def client(
    *command: str, environment: Mapping[str, str], folder: Path
) -> AsyncIterator[Program]:
    """Start a client in ``folder``, where it may leave its logs; ends it afterwards."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=pipe,
        stdout=pipe,
        stderr=pipe,
        env={**os.environ, **environment},
        cwd=folder,
    )
    try:
        yield Program(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


def python(program: str) -> tuple[str, str]:
    """The command of a Python client."""
    return sys.executable, str(CLIENTS / program)


def javascript(program: str) -> tuple[str, str]:
    """The command of a Node client; skips where it is not installed."""
    return node(), str(NODE_CLIENTS / program)
