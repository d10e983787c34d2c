"""Ids and numbers that look like a gateway's; the same seed makes the same ones."""

from payment_engine.mock.seeded_random import SeededRandom


class Ids:
    """Makes ids that depend on the seed and on the current request."""

    def __init__(self, random: SeededRandom) -> None:
        self._random = random

    def hexes(self, prefix: str, length: int = 16) -> str:
        """``prefix`` and ``length`` hexadecimal digits."""
        bits = self._random.generator("ids").getrandbits(4 * length) if length else 0
        return f"{prefix}{bits:0{length}x}" if length else prefix

    def digits(self, length: int = 12) -> str:
        """``length`` decimal digits, the first of them not 0."""
        return str(self._random.generator("ids").randrange(10 ** (length - 1), 10**length))
