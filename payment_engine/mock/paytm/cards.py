"""Cards at the imitated Paytm: what is read of a number before it is forgotten."""

from collections.abc import Mapping
from dataclasses import dataclass

from payment_engine.mock.card_numbers import DECLINES, is_card_number

SCHEMES: Mapping[str, str] = {
    "4": "VISA",
    "5": "MASTER",
    "2": "MASTER",
    "3": "AMEX",
    "6": "RUPAY",
}
"""By the first digit."""


@dataclass(frozen=True)
class Card:
    """What may be kept of a card: never its number, never its code."""

    scheme: str
    bin: str
    last4: str
    expiry: str
    """``MMYYYY``."""
    decline: str | None = None
    """Why the issuer will refuse it; None for a good card."""


def read_card(number: str, expiry: str) -> Card | None:
    """The card without its number; None if that cannot be one's.

    The numbers that end in a decline are the same ones as at the other gateways.
    """
    digits = number.replace(" ", "")
    if not is_card_number(digits):
        return None
    scheme = SCHEMES.get(digits[0])
    if scheme is None:
        return None
    return Card(scheme, digits[:6], digits[-4:], expiry, DECLINES.get(digits))
