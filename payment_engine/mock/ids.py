"""Makes up ids and numbers that look like a gateway's; repeatable when seeded."""

import random


class Ids:
    """A source of ids; unseeded ones differ from one start of the mock to the next."""

    def __init__(self, seed: int | None) -> None:
        self._random: random.Random = random.SystemRandom()
        if seed is not None:
            self._random = random.Random(seed)  # noqa: S311

    def hexes(self, prefix: str, length: int = 16) -> str:
        """``prefix`` and ``length`` hexadecimal digits."""
        return prefix + "".join(self._random.choices("0123456789abcdef", k=length))

    def digits(self, length: int = 12) -> str:
        """``length`` decimal digits, the first of them not 0."""
        return self._random.choice("123456789") + "".join(
            self._random.choices("0123456789", k=length - 1)
        )
