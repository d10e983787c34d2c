"""Runs the demo with the stand-ins of programs.py in place of the engine's own commands.

PostgreSQL's data is copied from the folder that MADE_DATA names, if it names one: `initdb` takes
longer than all the rest of a start.
"""

import os
import shutil
import sys
from pathlib import Path

from payment_engine.demo import postgres, run_demo
from payment_engine.demo.process import Account

PROGRAMS = Path(__file__).with_name("programs.py")


def command(*args: str) -> list[str]:
    return [sys.executable, str(PROGRAMS), *args]


def copy_made(binaries: Path, data_dir: Path, account: Account | None, *, durable: bool) -> None:
    shutil.copytree(os.environ["MADE_DATA"], data_dir)
    if account:
        for path in (data_dir, *data_dir.rglob("*")):
            os.chown(path, account.uid, account.gid)


if "MADE_DATA" in os.environ:
    postgres._create = copy_made
sys.exit(run_demo(command))
