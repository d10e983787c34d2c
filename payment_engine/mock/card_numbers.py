"""What a card number alone decides at every gateway: whether it is one, and who declines it."""

from collections.abc import Mapping

DECLINES: Mapping[str, str] = {
    "4000000000000002": "declined",
    "4000000000009995": "insufficient_funds",
    "4000000000000069": "expired_card",
    "4000000000000119": "bank_down",
    "4100000000000019": "risk",
}
"""Why a card is declined, by its number. Every other number that passes the check digit succeeds,
Juspay's own test cards 4242 4242 4242 4242, 4111 1111 1111 1111 and 5299 9202 1000 0277 among them.
"""


def is_card_number(digits: str) -> bool:
    """Whether it has 12 to 19 digits and the last is their check digit."""
    return has_card_length(digits) and _passes_luhn(digits)


def has_card_length(digits: str) -> bool:
    """Whether it has 12 to 19 digits."""
    return digits.isascii() and digits.isdigit() and 12 <= len(digits) <= 19


def _passes_luhn(digits: str) -> bool:
    total = 0
    for position, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + position % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0
