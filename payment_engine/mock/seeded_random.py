"""The mock's random choices: each follows from one seed and from what it is made for."""

import random
import secrets
from collections import OrderedDict
from contextvars import Context, ContextVar, copy_context

_MOST_COUNTS = 100_000
"""How many different choices are counted; the one not made for the longest time is forgotten."""


class RandomStream:
    """The choices of one request and of what follows from it, whatever else happens meanwhile."""

    def __init__(self, key: str) -> None:
        self.key = key
        self._branches = 0
        self._generators: dict[tuple[int, str], random.Random] = {}

    def generator(self, seed: int, purpose: str) -> random.Random:
        """The generator of this stream for one purpose."""
        if (seed, purpose) not in self._generators:
            self._generators[seed, purpose] = random.Random(f"{seed}:{purpose}:{self.key}")  # noqa: S311
        return self._generators[seed, purpose]

    def branch(self) -> "RandomStream":
        """A stream for something that happens later, at whatever time."""
        self._branches += 1
        return RandomStream(f"{self.key}>{self._branches}")


_STREAM: ContextVar[RandomStream | None] = ContextVar("stream", default=None)


class SeededRandom:
    """Generators that follow from a seed; the same request differs each time it is repeated."""

    def __init__(self, seed: int | None = None, most_counts: int = _MOST_COUNTS) -> None:
        self._most_counts = most_counts
        self.seed = secrets.randbelow(2**31) if seed is None else seed
        self._counts: OrderedDict[str, int] = OrderedDict()
        self._initial = RandomStream("")

    def begin(self, *about: str | None) -> None:
        """Start the stream of the current request, named by its method, path and order."""
        key = " ".join(each or "-" for each in about)
        _STREAM.set(RandomStream(f"{key} {self._count(key)}"))

    def generator(self, purpose: str) -> random.Random:
        """The current request's generator for a purpose."""
        return (_STREAM.get() or self._initial).generator(self.seed, purpose)

    def once(self, purpose: str, *about: str | None) -> random.Random:
        """A generator for one choice; another one each time it is asked for."""
        key = " ".join([purpose, *(each or "-" for each in about)])
        return random.Random(f"{self.seed}:{key}:{self._count(key)}")  # noqa: S311

    def fixed(self, purpose: str, *about: str) -> random.Random:
        """A generator for one choice; the same one each time it is asked for."""
        return random.Random(f"{self.seed}:{purpose}:{' '.join(about)}")  # noqa: S311

    def _count(self, key: str) -> int:
        """How often this key was counted before."""
        count = self._counts.pop(key, 0)
        self._counts[key] = count + 1
        if len(self._counts) > self._most_counts:
            self._counts.popitem(last=False)
        return count


def branch_context() -> Context:
    """A context for something that happens later, with a stream of its own."""
    context = copy_context()
    if stream := _STREAM.get():
        context.run(_STREAM.set, stream.branch())
    return context
