"""Converts between paise and what gateways and people read; no float arithmetic."""

import re

_MAJOR = re.compile(r"(\d{1,12})(?:\.(\d{1,2}))?")


def paise_of(text: str) -> int | None:
    """Paise of an amount in rupees (``100.15``); None if it is not one, or too precise."""
    match = _MAJOR.fullmatch(text.strip())
    if not match:
        return None
    return int(match[1]) * 100 + int((match[2] or "").ljust(2, "0"))


def rupees(paise: int) -> int | float:
    """The JSON number for an amount: 1, 499.5, 109.55.

    A float is only made from the finished text, so it prints as that text again.
    """
    return paise // 100 if paise % 100 == 0 else float(rupees_text(paise))


def rupees_text(paise: int) -> str:
    """``499.50``."""
    return f"{paise // 100}.{paise % 100:02}"


def signed_rupees(paise: int) -> str:
    """``-499.50`` where it is less than nothing."""
    return ("-" if paise < 0 else "") + rupees_text(abs(paise))


def grouped(paise: int) -> str:
    """``₹1,16,400.00``: thousands, then lakhs and crores in twos."""
    whole = str(paise // 100)
    last = ""
    if len(whole) > 3:
        last = f",{whole[-3:]}"
        whole = whole[:-3]
    pairs = re.sub(r"(?<=\d)(?=(\d\d)+$)", ",", whole) if last else whole
    return f"₹{pairs}{last}.{paise % 100:02}"
