"""What may be written down of a gateway's words: an allow-list, and a search for card data."""

import re
from collections.abc import Iterator, Set
from typing import Any

_RUN = re.compile(r"(?<![0-9A-Za-z_.])[0-9]+(?:[ -][0-9]+)*(?![0-9A-Za-z_])")
_GROUP = re.compile("[0-9]+")
_SHORTEST, _LONGEST = 13, 19
_FIRST = frozenset("234568")
_DOUBLED = str.maketrans("0123456789", "0246813579")


def luhn(digits: str) -> bool:
    """Whether a run of digits carries the check digit that every card number does."""
    plain, doubled = digits[-1::-2], digits[-2::-2].translate(_DOUBLED)
    return (sum(map(int, plain)) + sum(map(int, doubled))) % 10 == 0


def has_card_number(text: str) -> bool:
    """Whether free text holds something that is very likely a card number (PCI-4)."""
    return len(text) >= _SHORTEST and any(True for _ in _card_numbers(text))


def scrub(text: str) -> str:
    """The text with every card number taken out."""
    kept, done = [], 0
    for start, end in _card_numbers(text):
        kept += [text[done:start], "<card>"]
        done = end
    return "".join([*kept, text[done:]])


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
        return _scalar(value)
    return f"<{type(value).__name__},{len(str(value))}>"


def _scalar(value: Any) -> Any:
    text = str(value)
    scrubbed = scrub(text)
    return value if scrubbed == text else scrubbed


def _card_numbers(text: str) -> Iterator[tuple[int, int]]:
    """Where card numbers lie: 13 to 19 digits, single separators allowed, not inside a longer
    run of digits. An expiry or a code beside the number does not hide it (PCI-4)."""
    for run in _RUN.finditer(text):
        groups = [group.span() for group in _GROUP.finditer(text, *run.span())]
        done = 0
        for place, (start, _) in enumerate(groups):
            ends = [end for _, end in groups[place : place + _LONGEST]]
            end = _card_end(text, start, ends) if start >= done else None
            if end:
                yield start, end
                done = end


def _card_end(text: str, start: int, ends: list[int]) -> int | None:
    if text[start] not in _FIRST:
        return None
    near = (end for end in reversed(ends) if _SHORTEST <= end - start < 2 * _LONGEST)
    return next((end for end in near if _is_card(text[start:end])), None)


def _is_card(candidate: str) -> bool:
    digits = candidate.replace(" ", "").replace("-", "")
    return _SHORTEST <= len(digits) <= _LONGEST and luhn(digits)
