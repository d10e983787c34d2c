"""How well a company answers lately: a rolling window of technical outcomes, never declines."""

from collections import deque
from collections.abc import Callable
from typing import Literal

Verdict = Literal["up", "fluctuating", "down"]

WINDOW = 180.0
"""Seconds that an outcome counts."""
SAMPLE = 10
"""Fewer outcomes than this prove nothing: the company counts as up."""
STREAK = 5
"""As many failures with no answer between prove something by themselves."""
REMEMBERED = 1000
FLUCTUATING, DOWN = 10, 50
"""Percent of failures from which a company is called so."""


class Health:
    """One company as this process sees it; ``monotonic`` gives seconds."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._outcomes: deque[tuple[float, bool]] = deque(maxlen=REMEMBERED)

    def note(self, *, ok: bool) -> None:
        """Remember one call: ``ok`` when an answer came, whatever it said about the money."""
        self._outcomes.append((self._monotonic(), ok))

    def forget(self) -> None:
        """Start anew: it is trusted again, and earlier failures prove nothing any longer."""
        self._outcomes.clear()

    def verdict(self) -> Verdict:
        """What the window adds up to."""
        self._age()
        if len(self._outcomes) < SAMPLE:
            return "up"
        failed = sum(not ok for _, ok in self._outcomes) * 100 // len(self._outcomes)
        if failed >= DOWN:
            return "down"
        return "fluctuating" if failed >= FLUCTUATING else "up"

    def broken(self) -> bool:
        """Whether nothing more should be sent for now."""
        if self.verdict() == "down":
            return True
        latest = [ok for _, ok in self._outcomes][-STREAK:]
        return len(latest) == STREAK and not any(latest)

    def _age(self) -> None:
        oldest = self._monotonic() - WINDOW
        while self._outcomes and self._outcomes[0][0] < oldest:
            self._outcomes.popleft()
