"""Cards without their numbers: networks by prefix, token states, checks of a typed card."""

import re
from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from payment_engine.domain.calendar import day_of
from payment_engine.domain.card_numbers import luhn

_MAX_YEARS_AHEAD = 20
_NAME = re.compile(r"[^\W\d_][\w .'\-]{0,79}", re.UNICODE)
_EXPIRY = re.compile(r"(\d{1,2})\s*/\s*(\d{2}|\d{4})")


class CardState(StrEnum):
    """The state of a saved card's gateway token."""

    INITIATED = "initiated"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    DEACTIVATED = "deactivated"
    FAILED = "failed"
    EXPIRED = "expired"
    DELETE_PENDING = "delete_pending"
    DELETED = "deleted"


S = CardState
_NEXT: Mapping[CardState, frozenset[CardState]] = {
    S.INITIATED: frozenset({S.ACTIVE, S.FAILED, S.DELETE_PENDING}),
    S.ACTIVE: frozenset({S.SUSPENDED, S.DEACTIVATED, S.EXPIRED, S.DELETE_PENDING}),
    S.SUSPENDED: frozenset({S.ACTIVE, S.DEACTIVATED, S.EXPIRED, S.DELETE_PENDING}),
    S.DEACTIVATED: frozenset({S.DELETE_PENDING}),
    S.EXPIRED: frozenset({S.DELETE_PENDING}),
    S.DELETE_PENDING: frozenset({S.DELETED}),
}
"""A suspended token may become active again; deactivated, expired, failed and deleted ones never
do."""


def may_become(current: CardState, reported: CardState) -> bool:
    """Whether a token may move to the reported state. A late "activated" does not revive a
    deleted one."""
    return reported in _NEXT.get(current, frozenset())


@dataclass(frozen=True)
class Network:
    """A card network: the prefixes of its numbers, their lengths, and its CVV."""

    name: str
    prefixes: tuple[tuple[int, int], ...]
    """Ranges of prefixes, both ends included; both ends have the same number of digits."""
    lengths: tuple[int, ...]
    cvv: int = 3
    """Digits of the CVV."""
    cvv_less: bool = True
    """Whether a tokenised card of this network can be charged without its CVV."""


NETWORKS = (
    Network(
        "rupay",
        (
            (508227, 508227),
            (508500, 508999),
            (603741, 603741),
            (606985, 607984),
            (608001, 608500),
            (652150, 653149),
            (817290, 817290),
        ),
        (16,),
    ),
    Network("visa", ((4, 4),), (16, 13, 18, 19)),
    Network("mastercard", ((51, 55), (2221, 2720)), (16,)),
    Network("amex", ((34, 34), (37, 37)), (15,), cvv=4),
    Network("diners", ((300, 305), (36, 36), (38, 39)), (14, 16, 19)),
    Network(
        "maestro",
        ((50, 50), (56, 59), (63, 63), (67, 67)),
        tuple(range(12, 20)),
        cvv_less=False,
    ),
)
"""The first match wins. RuPay comes first because other networks claim wider ranges around its
own. Prefixes from juspay/hyperswitch-web (RuPay) and braintree/credit-card-type (the others)."""

_ALIASES = {"americanexpress": "amex", "master": "mastercard", "dinersclub": "diners"}


def pays_without_cvv(network: str, *, reported: bool | None) -> bool:
    """Whether a saved card needs no CVV: its network allows that, and its gateway takes it.

    ``reported`` is what the gateway says, None where it says nothing.
    """
    known = network_named(network)
    return known is not None and known.cvv_less and reported is not False


def network_of(digits: str) -> Network | None:
    """The likely network for a card's first 6 or more digits.

    A hint only: the gateway's BIN lookup decides.
    """
    return next((network for network in NETWORKS if _has_prefix(network, digits)), None)


def network_named(name: str) -> Network | None:
    """The network by the name a gateway gives it, in any spelling (``AMERICAN_EXPRESS``)."""
    letters = re.sub(r"[^a-z]", "", name.casefold())
    canonical = _ALIASES.get(letters, letters)
    return next((network for network in NETWORKS if network.name == canonical), None)


@dataclass(frozen=True)
class FieldError:
    """What is wrong with one field of a typed card; never repeats what was typed."""

    field: str
    message: str


def check_card(
    *, number: str, expiry: str, cvv: str, name: str | None, now: datetime
) -> list[FieldError]:
    """The errors in a card as typed; an empty list if it can be charged."""
    digits = re.sub(r"[ \-]", "", number)
    network = network_of(digits)
    messages = {
        "number": _number_error(digits, network),
        "expiry": _expiry_error(expiry, now),
        "cvv": _cvv_error(cvv, network),
        "name": _name_error(name),
    }
    return [FieldError(field, message) for field, message in messages.items() if message]


def parse_expiry(text: str) -> tuple[int, int] | None:
    """Month and four-digit year of ``MM/YY`` or ``MM/YYYY``; None if it is neither."""
    match = _EXPIRY.fullmatch(text.strip())
    if not match or not 1 <= int(match[1]) <= 12:
        return None
    year = int(match[2])
    return int(match[1]), year if year > 99 else 2000 + year


def _has_prefix(network: Network, digits: str) -> bool:
    return any(
        low <= int(digits[: len(str(low))]) <= high
        for low, high in network.prefixes
        if digits[: len(str(low))].isdecimal()
    )


def _number_error(digits: str, network: Network | None) -> str | None:
    if not (digits.isascii() and digits.isdecimal()):
        return "only digits, spaces and hyphens"
    if not (len(digits) in network.lengths if network else 12 <= len(digits) <= 19):
        return "too many or too few digits for this kind of card"
    return None if luhn(digits) else "not a valid card number: check the digits"


def _expiry_error(text: str, now: datetime) -> str | None:
    expiry = parse_expiry(text)
    if expiry is None:
        return "must be a month and a year, such as 09/29"
    month, year = expiry
    today = day_of(now)
    if year > today.year + _MAX_YEARS_AHEAD:
        return f"is more than {_MAX_YEARS_AHEAD} years ahead"
    return "has passed" if date(year, month, monthrange(year, month)[1]) < today else None


def _cvv_error(cvv: str, network: Network | None) -> str | None:
    length = network.cvv if network else 3
    valid = cvv.isascii() and cvv.isdecimal() and len(cvv) == length
    return None if valid else f"must be {length} digits"


def _name_error(name: str | None) -> str | None:
    if not name or _NAME.fullmatch(name):
        return None
    return "only letters, spaces, dots, apostrophes and hyphens"
