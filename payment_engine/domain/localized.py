"""Sentences that customers read, in the languages that the checkout offers."""

from typing import NamedTuple


class LocalizedText(NamedTuple):
    """One sentence in English and in Hindi."""

    en: str
    hi: str
