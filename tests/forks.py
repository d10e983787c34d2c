"""Processes of the engine that need not import it: forked from one that has.

Imports are nine tenths of what a short command costs. Arguments, environment, output, signals and
exit codes are as of any process; that the engine starts by itself is for the tests that run
``python -m payment_engine``.
"""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
_STDOUT, _STDERR = 1, 2


class Pipe(NamedTuple):
    """What another process writes."""

    reader: asyncio.StreamReader
    transport: asyncio.BaseTransport


class Fork:
    """A process that runs, or has ended: what tests need of asyncio's ``Process``."""

    def __init__(self, pid: int, status: Pipe, output: Pipe) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._status, self._output = status, output
        self._end = asyncio.create_task(self._wait())

    async def _wait(self) -> int:
        self.returncode = int(await self._status.reader.readline())
        return self.returncode

    async def wait(self) -> int:
        """The exit code, once it has ended."""
        return await asyncio.shield(self._end)

    async def communicate(self) -> tuple[bytes, bytes]:
        """Nothing, and all that it printed, once it has ended."""
        printed = await self._output.reader.read()
        await self.wait()
        for pipe in (self._status, self._output):
            pipe.transport.close()
        await asyncio.sleep(0)  # in which they are closed
        return b"", printed

    def send_signal(self, number: int) -> None:
        """Signal it if it runs; it may have ended without its exit code having arrived yet."""
        if self.returncode is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)


async def fork(folder: Path, *arguments: str, both: bool = False, **environ: str) -> Fork:
    """``python -m payment_engine`` with these arguments, in this folder and with this environment.

    What it prints to stderr can be read; with ``both``, what it prints to stdout as well.
    """
    request = {
        "arguments": arguments,
        "folder": str(folder),
        "environ": environ,
        "streams": [_STDOUT, _STDERR] if both else [_STDERR],
    }
    status, its_status = os.pipe()
    output, its_output = os.pipe()
    requests, _ = _parent()
    socket.send_fds(requests, [json.dumps(request).encode()], [its_status, its_output])
    os.close(its_status)
    os.close(its_output)
    reported = await _opened(status)
    pid = int(await reported.reader.readline())
    return Fork(pid, reported, await _opened(output))


async def run_forked(folder: Path, *arguments: str, **environ: str) -> tuple[int | None, str]:
    """The exit code of a command of the engine, and all that it printed."""
    command = await fork(folder, *arguments, both=True, **environ)
    _, printed = await command.communicate()
    return command.returncode, printed.decode()


async def _opened(file: int) -> Pipe:
    reader = asyncio.StreamReader()
    protocol = asyncio.StreamReaderProtocol(reader)
    loop = asyncio.get_running_loop()
    transport, _ = await loop.connect_read_pipe(lambda: protocol, os.fdopen(file, "rb", 0))
    return Pipe(reader, transport)


@cache
def _parent() -> tuple[socket.socket, subprocess.Popen[bytes]]:
    """The process that forks, started when it is first needed, and the socket whose end ends it."""
    ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with its:
        started = subprocess.Popen(  # noqa: S603 - our own interpreter
            [sys.executable, "-m", "tests.forking", str(its.fileno())],
            pass_fds=[its.fileno()],
            cwd=ROOT,
            env={"PATH": os.defpath, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
    return ours, started
