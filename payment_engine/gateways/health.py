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
        self._outcomes: deque[tuple[float, bool]] = deque()
        self._failed = 0
        """Of the outcomes; counted as they come and go, since every charge looks."""
        self._streak = 0
        """Failures since the last answer."""

    def note(self, *, ok: bool) -> None:
        """Count one call: ``ok`` where there was an answer, even one that declined."""
        self._outcomes.append((self._monotonic(), ok))
        self._failed += not ok
        self._streak = 0 if ok else self._streak + 1
        if len(self._outcomes) > MOST_OUTCOMES:
            self._drop_oldest()

    def forget(self) -> None:
        """Drop all outcomes, so that earlier failures no longer count."""
        self._outcomes.clear()
        self._failed = self._streak = 0

    def verdict(self) -> Verdict:
        """The verdict on the outcomes in the window."""
        self._age()
        if len(self._outcomes) < SAMPLE:
            return "up"
        failed = self._failed * 100 // len(self._outcomes)
        if failed >= DOWN:
            return "down"
        return "fluctuating" if failed >= FLUCTUATING else "up"

    def broken(self) -> bool:
        """Whether nothing more should be sent for now: down, or failing in a row."""
        down = self.verdict() == "down"
        return down or min(self._streak, len(self._outcomes)) >= STREAK

    def _age(self) -> None:
        oldest = self._monotonic() - WINDOW
        while self._outcomes and self._outcomes[0][0] < oldest:
            self._drop_oldest()

    def _drop_oldest(self) -> None:
        _, ok = self._outcomes.popleft()
        self._failed -= not ok
