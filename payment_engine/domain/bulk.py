"""Actions on many rows: how one stands, and when it stops by itself."""

from enum import StrEnum

MOST_IN_BULK = 10_000
"""How many rows one action works on at most."""
BATCH = 25
"""How many a worker works on before it records how far it is."""
_SAMPLE = 10
"""How many are tried before it can stop for those without an answer."""


class BulkState(StrEnum):
    """How an action on many rows stands."""

    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"
    """By a person, or since half of its rows got no answer."""


def mostly_failed(done: int, failed: int) -> bool:
    """Whether an action stops by itself: half of what it tried got no answer."""
    return done >= _SAMPLE and failed * 2 >= done
