"""What the demo says to whoever waits, terminal or not."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress


def say(text: str, end: str = "\n") -> None:
    """Write at once; an output that has gone away is no reason to fail."""
    with suppress(OSError, ValueError):
        sys.stdout.write(text + end)
        sys.stdout.flush()


@contextmanager
def step(what: str) -> Iterator[None]:
    """One line per step: what it is when it begins, how long it took when it is done."""
    began = time.monotonic()
    say(f"  {what} ... ", end="")
    try:
        yield
    except BaseException:
        say("no")
        raise
    say(f"ok, {time.monotonic() - began:.1f} s")
