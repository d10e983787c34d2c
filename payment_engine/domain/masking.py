"""What may be written down of a gateway's words: an allow-list, and a search for card data."""

import re
from collections.abc import Callable, Iterator, Set
from typing import Any

_RUN = re.compile(r"(?<![0-9A-Za-z_.])[0-9]+(?:[ -][0-9]+)*(?![0-9A-Za-z_])")
_GROUP = re.compile("[0-9]+")
_SHORTEST, _LONGEST = 13, 19
_WRITTEN = range(3, 8)
_FIRST = frozenset("234568")
_DOUBLED = str.maketrans("0123456789", "0246813579")


def luhn(digits: str) -> bool:
    """Whether a run of digits carries the check digit that every card number does."""
    plain, doubled = digits[-1::-2], digits[-2::-2].translate(_DOUBLED)
    return (sum(map(int, plain)) + sum(map(int, doubled))) % 10 == 0


def has_card_number(text: str) -> bool:
    """Whether a text is to be refused for a card number in it (PCI-4, PCI-8).

    A number in groups counts where the groups are such as people write: `12345-1795433333` is
    somebody's id, and one id in ten would be refused for its digits alone.
    """
    return len(text) >= _SHORTEST and any(True for _ in _card_numbers(text, _as_people_write))


def scrub(text: str) -> str:
    """The text with all that may be a card number taken out, however its digits are divided."""
    kept, done = [], 0
    for start, end in _card_numbers(text, _is_card):
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


def _card_numbers(text: str, is_card: Callable[[str], bool]) -> Iterator[tuple[int, int]]:
    """Where card numbers lie: 13 to 19 digits, single separators allowed, not inside a longer
    run of digits. An expiry or a code beside the number does not hide it (PCI-4)."""
    for run in _RUN.finditer(text):
        groups = [group.span() for group in _GROUP.finditer(text, *run.span())]
        done = 0
        for place, (start, _) in enumerate(groups):
            ends = [end for _, end in groups[place : place + _LONGEST]]
            end = _card_end(text, start, ends, is_card) if start >= done else None
            if end:
                yield start, end
                done = end


def _card_end(text: str, start: int, ends: list[int], is_card: Callable[[str], bool]) -> int | None:
    if text[start] not in _FIRST:
        return None
    near = (end for end in reversed(ends) if _SHORTEST <= end - start < 2 * _LONGEST)
    return next((end for end in near if is_card(text[start:end])), None)


def _as_people_write(candidate: str) -> bool:
    groups = _GROUP.findall(candidate)
    written = len(groups) == 1 or all(len(group) in _WRITTEN for group in groups)
    return written and _is_card(candidate)


def _is_card(candidate: str) -> bool:
    digits = candidate.replace(" ", "").replace("-", "")
    return _SHORTEST <= len(digits) <= _LONGEST and luhn(digits)
