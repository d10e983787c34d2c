"""Makes up ids and numbers that look like a gateway's; the same seed makes the same ones."""

from payment_engine.mock.chance import Chance


class Ids:
    """A source of ids; they depend on the seed and on the request that they are made for."""

    def __init__(self, chance: Chance) -> None:
        self._chance = chance

    def hexes(self, prefix: str, length: int = 16) -> str:
        """``prefix`` and ``length`` hexadecimal digits."""
        bits = self._chance.dice("ids").getrandbits(4 * length) if length else 0
        return f"{prefix}{bits:0{length}x}" if length else prefix

    def digits(self, length: int = 12) -> str:
        """``length`` decimal digits, the first of them not 0."""
        return str(self._chance.dice("ids").randrange(10 ** (length - 1), 10**length))
