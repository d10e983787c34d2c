"""The previous release: the commit that ``.ci/previous-release`` names, with its own lock."""

import fcntl
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.packaging.files import ROOT, TOOLS

_NAMED = ROOT / ".ci" / "previous-release"


class NoHistory(Exception):
    """The commit is not in this clone; the message says how it gets there."""


@dataclass(frozen=True)
class Release:
    """A release's code, and the interpreter with what it needs."""

    name: str
    folder: Path
    python: str


CURRENT = Release("current", ROOT, sys.executable)


def previous_release() -> Release:
    """Checked out and installed, once for each commit. Raises NoHistory."""
    commit = _NAMED.read_text().strip()
    folder = ROOT / ".run" / "releases" / commit[:12]
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            _check_out(commit, folder)
        environment = folder.with_suffix(".venv")
        if not (environment / "complete").exists():
            _install(folder / "requirements-runtime.lock", environment)
    return Release("previous", folder, str(environment / "bin" / "python"))


def _check_out(commit: str, folder: Path) -> None:
    _run("git", "worktree", "prune")
    try:
        _run("git", "worktree", "add", "--force", "--detach", str(folder), commit)
    except subprocess.CalledProcessError as error:
        raise NoHistory(f"git fetch --unshallow: {error.stderr.strip()}") from None


def _install(lock: Path, environment: Path) -> None:
    """By uv, or by pip where only that is told about an index."""
    uv, python = str(TOOLS / "uv"), str(environment / "bin" / "python")
    _run(sys.executable, "-m", "venv", "--clear", str(environment))
    options = ("--quiet", "--require-hashes", "-r", str(lock))
    try:
        _run(uv, "--system-certs", "pip", "install", "--python", python, *options)
    except subprocess.CalledProcessError:
        _run(python, "-m", "pip", "install", *options)
    (environment / "complete").touch()


def _run(*command: str) -> None:
    program = shutil.which(command[0])
    assert program, command[0]
    done = subprocess.run(  # noqa: S603
        [program, *command[1:]],
        cwd=ROOT,
        env={**os.environ, "GIT_TERMINAL_PROMPT": "0"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise subprocess.CalledProcessError(
            done.returncode, command, output=done.stdout, stderr=done.stderr
        )
