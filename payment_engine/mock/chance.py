"""The mock's luck: every random choice follows from the seed and from what it is made for."""

import random
import secrets
from collections import OrderedDict
from contextvars import Context, ContextVar, copy_context

_REMEMBERED = 100_000
"""How many different questions are remembered to have been asked."""


class Strand:
    """What one request sets in motion; its choices do not depend on what else goes on."""

    def __init__(self, key: str) -> None:
        self.key = key
        self._branches = 0
        self._dice: dict[tuple[int, str], random.Random] = {}

    def dice(self, seed: int, purpose: str) -> random.Random:
        """The source of this strand's choices for one purpose."""
        if (seed, purpose) not in self._dice:
            self._dice[seed, purpose] = random.Random(f"{seed}:{purpose}:{self.key}")  # noqa: S311
        return self._dice[seed, purpose]

    def branch(self) -> "Strand":
        """A strand for something that happens later, whenever that is."""
        self._branches += 1
        return Strand(f"{self.key}>{self._branches}")


_STRAND: ContextVar[Strand | None] = ContextVar("strand", default=None)


class Chance:
    """Draws from one seed; counts how often the same thing was asked, so that each time differs."""

    def __init__(self, seed: int | None = None, remembered: int = _REMEMBERED) -> None:
        self._remembered = remembered
        self.seed = secrets.randbelow(2**31) if seed is None else seed
        self._counts: OrderedDict[str, int] = OrderedDict()
        self._start = Strand("")

    def begin(self, *about: str | None) -> None:
        """From here on, choices are made for this request: its method, path, order."""
        key = " ".join(each or "-" for each in about)
        _STRAND.set(Strand(f"{key} {self._count(key)}"))

    def dice(self, purpose: str) -> random.Random:
        """The source of choices for a purpose within the request under way."""
        return (_STRAND.get() or self._start).dice(self.seed, purpose)

    def once(self, purpose: str, *about: str | None) -> random.Random:
        """A source for one choice, by what it is about and how often that was asked before."""
        key = " ".join([purpose, *(each or "-" for each in about)])
        return random.Random(f"{self.seed}:{key}:{self._count(key)}")  # noqa: S311

    def fixed(self, purpose: str, *about: str) -> random.Random:
        """A source that is the same every time the same is asked."""
        return random.Random(f"{self.seed}:{purpose}:{' '.join(about)}")  # noqa: S311

    def _count(self, key: str) -> int:
        """How often this was asked before; what was not asked for long is forgotten."""
        count = self._counts.pop(key, 0)
        self._counts[key] = count + 1
        if len(self._counts) > self._remembered:
            self._counts.popitem(last=False)
        return count


def branched() -> Context:
    """A context for something that happens later, with a strand of its own."""
    context, strand = copy_context(), _STRAND.get()
    if strand:
        context.run(_STRAND.set, strand.branch())
    return context
