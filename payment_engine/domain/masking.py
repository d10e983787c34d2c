"""What may be written down of a gateway's words: an allow-list, and a search for card data."""

import re
from collections.abc import Set
from typing import Any

CARD_NUMBER = re.compile(r"(?<![0-9A-Za-z_.])[2-68](?:[ -]?[0-9]){12,18}(?![0-9A-Za-z_])")
"""13 to 19 digits, single separators allowed, not inside a longer run (PCI-4)."""


def luhn(digits: str) -> bool:
    """Whether a run of digits carries the check digit that every card number does."""
    doubled = [int(d) * (1 + i % 2) for i, d in enumerate(reversed(digits))]
    return sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0


def has_card_number(text: str) -> bool:
    """Whether free text holds something that is very likely a card number (PCI-4)."""
    return any(_is_card(found.group()) for found in CARD_NUMBER.finditer(text))


def scrub(text: str) -> str:
    """The text with every card number taken out."""
    return CARD_NUMBER.sub(lambda m: "<card>" if _is_card(m.group()) else m.group(), text)


def mask(value: Any, allow: Set[str]) -> Any:
    """A copy of decoded JSON in which only scalars under an allowed key survive (PCI-1).

    Anything else keeps its place and shows its type and length, so that the shape of what
    a gateway said can still be read.
    """
    return _mask(value, allow, allowed=False)


def _mask(value: Any, allow: Set[str], *, allowed: bool) -> Any:
    if isinstance(value, dict):
        return {scrub(str(k)): _mask(v, allow, allowed=k in allow) for k, v in value.items()}
    if isinstance(value, list):
        return [_mask(item, allow, allowed=allowed) for item in value]
    if value is None or isinstance(value, bool):
        return value
    if allowed:
        return scrub(value) if isinstance(value, str) else value
    return f"<{type(value).__name__},{len(str(value))}>"


def _is_card(candidate: str) -> bool:
    return luhn(re.sub("[ -]", "", candidate))
