"""Money is an integer of paise; rupee strings exist only where a gateway needs them."""

import re
from functools import lru_cache
from typing import NewType

Paise = NewType("Paise", int)

MIN_AMOUNT = Paise(1_00)
MAX_AMOUNT = Paise(10_00_00_000_00)
"""Ten crore rupees: far above any order, far below the maximum of a BIGINT column."""

_MINUS = "\N{MINUS SIGN}"
_RUPEES = re.compile(r"(0|[1-9][0-9]{0,12})(?:\.([0-9]{1,2}))?")


def to_rupees(amount: Paise) -> str:
    """Paise as rupees with two decimals, as gateways expect: ``116400`` is ``"1164.00"``."""
    rupees, paise = divmod(abs(amount), 100)
    return f"{'-' if amount < 0 else ''}{rupees}.{paise:02d}"


def from_rupees(text: str) -> Paise:
    """Paise from a gateway's rupee string.

    Raises ValueError for anything but digits with at most two decimals: no sign, exponent,
    separator or space.
    """
    found = _RUPEES.fullmatch(text)
    if not found:
        raise ValueError("not an amount in rupees")
    rupees, paise = found.group(1), found.group(2) or ""
    return Paise(int(rupees) * 100 + int(paise.ljust(2, "0")))


@lru_cache(maxsize=4096)
def display(amount: Paise) -> str:
    """Rupees for people, in Indian grouping: ``₹1,23,456.78``; a minus sign comes first."""
    rupees, paise = divmod(abs(amount), 100)
    head, tail = divmod(rupees, 1000)
    if not head:
        grouped = str(tail)
    else:
        pairs = f"{head:,}" if head < 100 else _in_pairs(str(head))
        grouped = f"{pairs},{tail:03d}"
    return f"{_MINUS if amount < 0 else ''}₹{grouped}.{paise:02d}"


def _in_pairs(digits: str) -> str:
    first = len(digits) % 2 or 2
    return ",".join([digits[:first], *(digits[i : i + 2] for i in range(first, len(digits), 2))])
