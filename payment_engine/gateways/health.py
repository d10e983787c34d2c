"""How well a gateway answered lately: a rolling window of technical outcomes, not declines."""

from collections import deque
from collections.abc import Callable
from typing import Literal

Verdict = Literal["up", "fluctuating", "down"]

WINDOW = 180.0
"""Seconds for which an outcome counts."""
SAMPLE = 10
"""Fewer outcomes than this prove nothing: the gateway counts as up."""
STREAK = 5
"""This many failures in a row are enough by themselves to call it broken."""
MOST_OUTCOMES = 1000
FLUCTUATING = 10
"""Percent of failed calls from which a gateway is fluctuating."""
DOWN = 50
"""Percent of failed calls from which a gateway is down."""


class Health:
    """One gateway as this process sees it; ``monotonic`` gives seconds."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._outcomes: deque[tuple[float, bool]] = deque(maxlen=MOST_OUTCOMES)

    def note(self, *, ok: bool) -> None:
        """Count one call: ``ok`` where there was an answer, even one that declined."""
        self._outcomes.append((self._monotonic(), ok))

    def forget(self) -> None:
        """Drop all outcomes, so that earlier failures no longer count."""
        self._outcomes.clear()

    def verdict(self) -> Verdict:
        """The verdict on the outcomes in the window."""
        self._age()
        if len(self._outcomes) < SAMPLE:
            return "up"
        failed = sum(not ok for _, ok in self._outcomes) * 100 // len(self._outcomes)
        if failed >= DOWN:
            return "down"
        return "fluctuating" if failed >= FLUCTUATING else "up"

    def broken(self) -> bool:
        """Whether nothing more should be sent for now: down, or failing in a row."""
        if self.verdict() == "down":
            return True
        latest = [ok for _, ok in self._outcomes][-STREAK:]
        return len(latest) == STREAK and not any(latest)

    def _age(self) -> None:
        oldest = self._monotonic() - WINDOW
        while self._outcomes and self._outcomes[0][0] < oldest:
            self._outcomes.popleft()
