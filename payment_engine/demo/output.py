"""What the demo prints, to a terminal or not."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress


def show(text: str, end: str = "\n") -> None:
    """Print and flush; an output that has been closed is no reason to fail."""
    with suppress(OSError, ValueError):
        sys.stdout.write(text + end)
        sys.stdout.flush()


@contextmanager
def step(title: str) -> Iterator[None]:
    """One line for a step: its title when it begins, its duration when it is done."""
    began = time.monotonic()
    show(f"  {title} ... ", end="")
    try:
        yield
    except BaseException:
        show("failed")
        raise
    show(f"ok, {time.monotonic() - began:.1f} s")
