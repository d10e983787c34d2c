"""Cards that the mock's tokenise call knows, and the few numbers that end in a decline."""

from collections.abc import Mapping
from dataclasses import dataclass

# Every other number that passes the check digit succeeds, Juspay's own test cards
# 4242 4242 4242 4242, 4111 1111 1111 1111 and 5299 9202 1000 0277 among them.
DECLINES: Mapping[str, str] = {
    "4000000000000002": "declined",
    "4000000000009995": "insufficient_funds",
    "4000000000000069": "expired_card",
    "4000000000000119": "bank_down",
    "4100000000000019": "risk",
}
_BRANDS = (("4", "VISA"), ("5", "MASTERCARD"), ("2", "MASTERCARD"), ("3", "AMEX"), ("6", "RUPAY"))


@dataclass(frozen=True)
class Card:
    """What may be kept of a card: never its number, never its code."""

    brand: str
    isin: str
    last4: str
    name: str
    month: str
    year: str
    decline: str | None = None
    """Why the issuer will refuse it; None for a good card."""


def read_card(number: str, month: str, year: str, name: str = "") -> Card | None:
    """The card without its number; None if the number or the expiry cannot be one's."""
    digits = number.replace(" ", "").replace("-", "")
    if not (digits.isascii() and digits.isdigit() and 12 <= len(digits) <= 19 and luhn(digits)):
        return None
    if not (month.isdigit() and 1 <= int(month) <= 12 and year.isdigit() and len(year) in (2, 4)):
        return None
    brand = next((brand for start, brand in _BRANDS if digits.startswith(start)), "RUPAY")
    return Card(
        brand=brand,
        isin=digits[:6],
        last4=digits[-4:],
        name=name,
        month=month.zfill(2),
        year=f"20{year[-2:]}",
        decline=DECLINES.get(digits),
    )


def luhn(digits: str) -> bool:
    """Whether the last digit is the check digit of the others."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0
