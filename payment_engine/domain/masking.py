"""What may be stored of a gateway's messages: an allow-list of fields, and a card-number search."""

import re
from collections.abc import Callable, Iterator, Set
from typing import Any

_DIGIT_RUN = re.compile(r"(?<![0-9A-Za-z_.])[0-9]+(?:[ -][0-9]+)*(?![0-9A-Za-z_])")
_GROUP = re.compile("[0-9]+")
_DIGITS_NEARBY = re.compile("[0-9][0-9 -]{11,}[0-9]")
"""What every card number matches, and most texts do not: a quick first look."""
_MIN_DIGITS = 13
_MAX_DIGITS = 19
_USUAL_GROUP_SIZES = range(3, 8)
_FIRST_DIGITS = frozenset("234568")
_DOUBLED = str.maketrans("0123456789", "0246813579")


def luhn(digits: str) -> bool:
    """Whether the digits end in the right Luhn check digit, as every card number does."""
    plain, doubled = digits[-1::-2], digits[-2::-2].translate(_DOUBLED)
    return (sum(map(int, plain)) + sum(map(int, doubled))) % 10 == 0


def has_card_number(text: str) -> bool:
    """Whether the text contains what a person would write as a card number.

    Used to refuse requests, so it ignores digits in unusual groups: `12345-1795433333` is an id,
    and by chance one such id in ten passes the check digit.
    """
    if len(text) < _MIN_DIGITS or not _DIGITS_NEARBY.search(text):
        return False
    return any(True for _ in _card_numbers(text, _is_written_card))


def scrub(text: str) -> str:
    """The text with every possible card number, however its digits are grouped, replaced by
    ``<card>``."""
    if len(text) < _MIN_DIGITS or not _DIGITS_NEARBY.search(text):
        return text
    parts, end_of_last = [], 0
    for start, end in _card_numbers(text, _is_card):
        parts += [text[end_of_last:start], "<card>"]
        end_of_last = end
    return "".join([*parts, text[end_of_last:]])


def mask(value: Any, allow: Set[str]) -> Any:
    """A copy of decoded JSON that keeps only scalars under an allowed key.

    Every other scalar becomes ``<type,length>``, so that the shape of the message stays readable.
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
    """Start and end of each card number: 13 to 19 digits with single separators, not inside a
    longer run of digits. An expiry or CVV beside the number does not hide it."""
    for run in _DIGIT_RUN.finditer(text):
        groups = [group.span() for group in _GROUP.finditer(text, *run.span())]
        end_of_last = 0
        for index, (start, _) in enumerate(groups):
            ends = [end for _, end in groups[index : index + _MAX_DIGITS]]
            end = _card_end(text, start, ends, is_card) if start >= end_of_last else None
            if end:
                yield start, end
                end_of_last = end


def _card_end(text: str, start: int, ends: list[int], is_card: Callable[[str], bool]) -> int | None:
    """The end of the longest card number that begins at ``start``; None if none does."""
    if text[start] not in _FIRST_DIGITS:
        return None
    near = (end for end in reversed(ends) if _MIN_DIGITS <= end - start < 2 * _MAX_DIGITS)
    return next((end for end in near if is_card(text[start:end])), None)


def _is_written_card(candidate: str) -> bool:
    groups = _GROUP.findall(candidate)
    usual = len(groups) == 1 or all(len(group) in _USUAL_GROUP_SIZES for group in groups)
    return usual and _is_card(candidate)


def _is_card(candidate: str) -> bool:
    digits = candidate.replace(" ", "").replace("-", "")
    return _MIN_DIGITS <= len(digits) <= _MAX_DIGITS and luhn(digits)
