"""A history follows from its seed alone: on a busy machine it is the same."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
_HISTORIES = """
import sys
import time

real, ahead = time.monotonic, [0.0]


def jumping():
    ahead[0] += 0.7
    return real() + ahead[0]


if sys.argv[1] == "jumping":
    time.monotonic = jumping

import structlog

from payment_engine.simulator.run import run_seed


def drop(*_):
    raise structlog.DropEvent


structlog.configure(processors=[drop])
for seed in range(4):
    print(*run_seed(seed).history, sep="\\n")
"""


def histories(clock: str) -> str:
    """Four histories, by a process whose clock goes so."""
    command = [sys.executable, "-c", _HISTORIES, clock]
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=True)  # noqa: S603
    return done.stdout


def test_a_clock_that_jumps_changes_no_line_of_a_history() -> None:
    usual = histories("usual")
    assert usual.count("\n") > 100
    assert histories("jumping") == usual
