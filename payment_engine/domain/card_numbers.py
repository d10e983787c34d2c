"""Finds card numbers in text: to refuse them where people type, to hide them where we write.

Both cost the same for each character, however the text is made: it may come from anybody.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate
from urllib.parse import unquote

_SHORTEST = 13
_BROAD_LENGTHS = tuple(range(19, _SHORTEST - 1, -1))
_FIRST_DIGITS = frozenset("234568")
_DOUBLED = str.maketrans("0123456789", "0246813579")
_VALUES = bytes.maketrans(b"0123456789", bytes(range(10)))
_DOUBLED_VALUES = bytes.maketrans(b"0123456789", bytes([0, 2, 4, 6, 8, 1, 3, 5, 7, 9]))
_WRITTEN_GROUPS = range(3, 8)
"""How many digits people write between two separators."""

_DISGUISED = re.compile(r"(?<![0-9])[0-9]{3,}(?:[ ./_-][0-9]{3,})*")
"""Groups of digits as people write them, whatever stands around them."""
_PLAIN = re.compile(r"(?<![0-9A-Za-z_.])[0-9](?:[ -]?[0-9]){12,}(?![0-9A-Za-z_])")
"""Enough digits as a number of its own, in any groups."""
_ENOUGH = re.compile("(?:[0-9][ ./_-]?){12}[0-9]")
"""What every text with a card number contains, unless it is in disguise."""
_GROUP = re.compile("[0-9]+")
_FRACTION = re.compile(r"[0-9]+\.[0-9]+")
_POINT = re.compile(r"[0-9]\.")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")

_ISSUED = (
    (("4",), (19, 18, 16, 13)),  # Visa
    ((*map(str, range(51, 56)), *map(str, range(2221, 2721))), (16,)),  # Mastercard
    (("34", "37"), (15,)),  # American Express
    ((*map(str, range(300, 306)), "3095", "36", "38", "39"), (19, 16, 14)),  # Diners Club
    ((*map(str, range(3528, 3590)),), (19, 16)),  # JCB
    (("508", "60", "81", "82"), (16,)),  # RuPay
    (("6011", *map(str, range(644, 650)), "65"), (19, 16)),  # Discover, RuPay
    (("62",), (19, 18, 17, 16)),  # UnionPay
    (("50", "56", "57", "58", "63", "67"), (19, 18, 16)),  # Maestro
)
"""First digits and lengths of the numbers that networks issue; ISO/IEC 7812 and each network's
public ranges."""
_LENGTHS = {prefix: lengths for prefixes, lengths in _ISSUED for prefix in prefixes}

_Lengths = Callable[[str], Sequence[int]]
"""The lengths, longest first, that a card number with these first digits may have."""


def luhn(digits: str) -> bool:
    """Whether the digits end in the right Luhn check digit, as every card number does."""
    plain, doubled = digits[-1::-2], digits[-2::-2].translate(_DOUBLED)
    return (sum(map(int, plain)) + sum(map(int, doubled))) % 10 == 0


def may_have_card_number(text: str) -> bool:
    """Whether a text is worth a search: most are not, which takes a tenth of its time to find."""
    return len(text) >= _SHORTEST and bool(
        _ENOUGH.search(text) or "%" in text or not text.isascii()
    )


def has_card_number(text: str) -> bool:
    """Whether the text contains what a network issues as a card number, in any usual disguise.

    Used to refuse requests: a prefix and a length that are issued, the check digit, and groups as
    people write them. `408-1000007-1234567` is an order's number, `4242.4242.4242.4242` a card's.
    """
    if not may_have_card_number(text):
        return False
    plain = _undisguised(text)
    return any(_is_written(plain[found]) for found in _found(plain, _DISGUISED, _issued_lengths))


def is_card_number(text: str) -> bool:
    """Whether the whole text is a card number: what an identifier of the caller's may not be."""
    plain = _undisguised(text).strip()
    whole = slice(0, len(plain))
    found = _found(plain, _DISGUISED, _issued_lengths)
    return any(each == whole and _is_written(plain) for each in found)


def scrub(text: str) -> str:
    """The text with every possible card number replaced by ``<card>``.

    Any number of a possible length with the right check digit counts, however it is grouped; one in
    disguise if it is issued. A text with a disguised one is returned without its escapes.
    """
    if not may_have_card_number(text):
        return text
    plain = _undisguised(text)
    if plain != text and any(True for _ in _found(plain, _DISGUISED, _issued_lengths)):
        text = plain
    return _without(_without(text, _PLAIN, _broad_lengths), _DISGUISED, _issued_lengths)


def _undisguised(text: str) -> str:
    """The text without percent escapes and invisible characters, with every digit in ASCII."""
    if "%" in text:
        text = unquote(text)
    if text.isascii():
        return text
    visible = _INVISIBLE.sub("", text)
    return "".join([str(int(c)) if c.isdecimal() else c for c in visible])


def _without(text: str, runs: re.Pattern[str], lengths: _Lengths) -> str:
    parts, end_of_last = [], 0
    for found in _found(text, runs, lengths):
        parts += [text[end_of_last : found.start], "<card>"]
        end_of_last = found.stop
    return "".join([*parts, text[end_of_last:]])


def _found(text: str, runs: re.Pattern[str], lengths: _Lengths) -> Iterator[slice]:
    """Each card number: whole groups of digits within a run of them."""
    for run in runs.finditer(text):
        digits, start = run.group(), run.start()
        if len(digits) >= _SHORTEST and not _is_fraction(digits, text[max(0, start - 2) : start]):
            yield from _found_in(digits, start, lengths)


def _is_fraction(run: str, before: str) -> bool:
    after_point = run.isdecimal() and bool(_POINT.fullmatch(before))
    return after_point or bool(_FRACTION.fullmatch(run))


def _found_in(run: str, offset: int, lengths: _Lengths) -> Iterator[slice]:
    groups = [group.span() for group in _GROUP.finditer(run)]
    digits = "".join([run[start:end] for start, end in groups])
    starts = [*accumulate((end - start for start, end in groups), initial=0)]
    ends = {end: number for number, end in enumerate(starts)}
    passes, end_of_last = _luhn_of_parts(digits), 0
    for number, start in enumerate(starts[:-1]):
        if start < end_of_last:
            continue
        possible = (start + length for length in lengths(digits[start : start + 4]))
        end = next((each for each in possible if each in ends and passes(start, each)), None)
        if end:
            yield slice(offset + groups[number][0], offset + groups[ends[end] - 1][1])
            end_of_last = end


def _luhn_of_parts(digits: str) -> Callable[[int, int], bool]:
    """Tells whether the digits from one index to before another pass the Luhn check.

    Two running sums, one with every second digit doubled and one with the others, answer for every
    part at the cost of a subtraction.
    """
    plain, doubled = digits.encode().translate(_VALUES), digits.encode().translate(_DOUBLED_VALUES)
    odd_doubled, even_doubled = bytearray(plain), bytearray(plain)
    odd_doubled[1::2], even_doubled[0::2] = doubled[1::2], doubled[0::2]
    sums = [*accumulate(even_doubled, initial=0)], [*accumulate(odd_doubled, initial=0)]

    def passes(start: int, end: int) -> bool:
        return (sums[end % 2][end] - sums[end % 2][start]) % 10 == 0

    return passes


def _issued_lengths(first_digits: str) -> Sequence[int]:
    prefixes = (first_digits[:count] for count in (4, 3, 2, 1))
    return next((_LENGTHS[prefix] for prefix in prefixes if prefix in _LENGTHS), ())


def _broad_lengths(first_digits: str) -> Sequence[int]:
    return _BROAD_LENGTHS if first_digits[0] in _FIRST_DIGITS else ()


def _is_written(candidate: str) -> bool:
    groups = re.split(r"[^0-9]", candidate)
    return len(groups) == 1 or all(len(group) in _WRITTEN_GROUPS for group in groups)
