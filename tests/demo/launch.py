"""Runs the demo with the stand-ins of programs.py in place of the engine's own commands."""

import sys
from pathlib import Path

from payment_engine.demo import run_demo

PROGRAMS = Path(__file__).with_name("programs.py")


def command(*args: str) -> list[str]:
    return [sys.executable, str(PROGRAMS), *args]


sys.exit(run_demo(command))
