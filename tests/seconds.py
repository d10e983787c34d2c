"""A clock that a test moves."""

from dataclasses import dataclass


@dataclass
class Seconds:
    """Seconds since any start."""

    now: float = 100.0

    def __call__(self) -> float:
        return self.now
