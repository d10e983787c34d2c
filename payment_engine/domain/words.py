"""What customers read, in the languages that they may choose (CHK-9)."""

from typing import NamedTuple


class Words(NamedTuple):
    """One sentence in English and in Hindi."""

    en: str
    hi: str
