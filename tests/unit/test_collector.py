"""The garbage collector leaves alone what start-up made."""

import subprocess
import sys

SETTLED = """
import gc
from payment_engine.collector import settle
settle()
print(gc.get_freeze_count() > 1000, gc.get_threshold()[0] > 700)
"""

BEGUN = """
import atexit, gc
from payment_engine.collector import begin
atexit.register(lambda: print(gc.get_freeze_count() > 1000, gc.get_threshold()[0] > 700))
begin()
"""


def test_what_start_up_made_is_exempt_from_collections() -> None:
    command = [sys.executable, "-c", SETTLED]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603
    assert output.split() == ["True", "True"]


def test_a_command_is_not_searched_for_garbage_while_it_starts_or_when_it_ends() -> None:
    command = [sys.executable, "-c", BEGUN]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603
    assert output.split() == ["True", "True"]
