"""Forks processes of the engine from this one, which has imported it: see ``tests.forks``."""

import asyncio
import gc
import json
import os
import signal
import socket
import sys
from importlib import import_module
from typing import Any

_IMPORTED = (
    "command_line",
    "db.migrate",
    "processes",
    "serve",
    "services.oncall.doctor",
    "worker",
)
_LONGEST = 65_536
"""Bytes of a request."""


def main() -> None:
    """Import the engine once, then be it in each process that a request has forked."""
    from payment_engine.__main__ import cli

    _import_engine()
    _become(**_next_request(int(sys.argv[1])))
    cli()


def _import_engine() -> None:
    """Import it, read authorities and compress pages, as each API does when it starts."""
    for name in _IMPORTED:
        import_module(f"payment_engine.{name}")
    import_module("payment_engine.gateways").find_gateways()
    import_module("payment_engine.gateways.connections").load_transport()
    asyncio.run(import_module("payment_engine.web.pages").prepare(None))
    gc.freeze()


def _next_request(file: int) -> dict[str, Any]:
    """What a fork of this process is to do; this process itself ends when nobody asks any more."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(fileno=file) as requests:
        while True:
            text, files, _, _ = socket.recv_fds(requests, _LONGEST, 2)
            if not text:
                sys.exit()
            if os.fork() == 0:
                _report(files[0])
                return {"output": files[1], **json.loads(text)}
            for each in files:
                os.close(each)


def _report(status: int) -> None:
    """Fork once more, and write the other process's id and in the end its exit code."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    pid = os.fork()
    if pid:
        os.write(status, f"{pid}\n".encode())
        _, code = os.waitpid(pid, 0)
        os.write(status, f"{os.waitstatus_to_exitcode(code)}\n".encode())
        os._exit(0)
    os.close(status)


def _become(
    output: int, arguments: list[str], folder: str, environ: dict[str, str], streams: list[int]
) -> None:
    """Be as if the engine had been started so."""
    for stream in streams:
        os.dup2(output, stream)
    os.close(output)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environ)
    sys.argv[1:] = arguments


if __name__ == "__main__":
    main()
