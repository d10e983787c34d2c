"""Cards that the mock knows, and the few numbers that end in a decline."""

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass

from payment_engine.mock.juspay.bins import bin_of

# Every other number that passes the check digit succeeds, Juspay's own test cards
# 4242 4242 4242 4242, 4111 1111 1111 1111 and 5299 9202 1000 0277 among them.
DECLINES: Mapping[str, str] = {
    "4000000000000002": "declined",
    "4000000000009995": "insufficient_funds",
    "4000000000000069": "expired_card",
    "4000000000000119": "bank_down",
    "4100000000000019": "risk",
}
_DATE = re.compile(r"[0-9]{1,2}/(?:[0-9]{2}){1,2}")


@dataclass(frozen=True)
class Card:
    """What may be kept of a card: never its number, never its code."""

    brand: str
    isin: str
    last4: str
    name: str
    month: str
    year: str
    fingerprint: str = ""
    """The same for the same number, and no way back to it."""
    decline: str | None = None
    """Why the issuer will refuse it; None for a good card."""

    def over(self, year: int, month: int) -> bool:
        """Whether the date printed on it has passed in that month."""
        return (int(self.year), int(self.month)) < (year, month)


def read_card(fields: Mapping[str, str], key: str) -> Card | None:
    """The card of a form without its number; None if the number or the expiry cannot be one's."""
    number, month = fields.get("card_number", ""), fields.get("card_exp_month", "")
    year = fields.get("card_exp_year", "")
    digits = number.replace(" ", "").replace("-", "")
    if not (digits.isascii() and digits.isdigit() and 12 <= len(digits) <= 19 and luhn(digits)):
        return None
    if not (_DATE.fullmatch(f"{month}/{year}") and 1 <= int(month) <= 12):
        return None
    found = bin_of(digits)
    return Card(
        brand=found.brand if found else "RUPAY",
        isin=digits[:6],
        last4=digits[-4:],
        name=fields.get("name_on_card", ""),
        month=month.zfill(2),
        year=f"20{year[-2:]}",
        fingerprint=hmac.digest(key.encode(), digits.encode(), "sha256").hex()[:20],
        decline=DECLINES.get(digits),
    )


def luhn(digits: str) -> bool:
    """Whether the last digit is the check digit of the others."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0
