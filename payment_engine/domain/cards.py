"""Cards without their numbers: networks by prefix, token states, and what an entry must fit."""

import re
from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from payment_engine.domain.calendar import day_of
from payment_engine.domain.masking import luhn

_MOST_YEARS_AHEAD = 20
_NAME = re.compile(r"[^\W\d_][\w .'\-]{0,79}", re.UNICODE)
_EXPIRY = re.compile(r"(\d{1,2})\s*/\s*(\d{2}|\d{4})")


class CardState(StrEnum):
    """Where a token is in its life (TOK-4)."""

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
"""Suspended may come back; deactivated, expired, failed and deleted never do (TOK-4)."""


def may_become(current: CardState, reported: CardState) -> bool:
    """Whether a token may move on; a late word about a deleted one changes nothing (TOK-4)."""
    return reported in _NEXT.get(current, frozenset())


@dataclass(frozen=True)
class Network:
    """A card network: which digits begin its numbers, how long they and their CVV are."""

    name: str
    prefixes: tuple[tuple[int, int], ...]
    """Ranges of beginnings, both ends included, equally long."""
    lengths: tuple[int, ...]
    cvv: int = 3
    cvv_less: bool = True
    """Whether a token of this network is paid without its CVV (TOK-11)."""


_RUPAY = ((508227, 508227), (508500, 508999), (603741, 603741), (606985, 607984),
          (608001, 608500), (652150, 653149), (817290, 817290))  # fmt: skip
NETWORKS = (
    Network("rupay", _RUPAY, (16,)),
    Network("visa", ((4, 4),), (16, 13, 18, 19)),
    Network("mastercard", ((51, 55), (2221, 2720)), (16,)),
    Network("amex", ((34, 34), (37, 37)), (15,), cvv=4),
    Network("diners", ((300, 305), (36, 36), (38, 39)), (14, 16, 19)),
    Network("maestro", ((50, 50), (56, 59), (63, 63), (67, 67)), tuple(range(12, 20)),
            cvv_less=False),
)  # fmt: skip
"""Domain.md section 4. RuPay is asked first: others claim parts of its ranges (CRD-1)."""


def network_of(digits: str) -> Network | None:
    """The network that a beginning of 6 digits or more hints at; the gateway's word is better."""
    return next((network for network in NETWORKS if _begins(network, digits)), None)


def network_named(name: str) -> Network | None:
    """A network by a gateway's name for it, however it is written."""
    plain = re.sub(r"[^a-z]", "", name.casefold())
    aliases = {"americanexpress": "amex", "master": "mastercard", "dinersclub": "diners"}
    return next((each for each in NETWORKS if each.name == aliases.get(plain, plain)), None)


@dataclass(frozen=True)
class Fault:
    """One field of a card entry that does not fit; never says what was typed."""

    field: str
    message: str


def faults_in(
    *, number: str, expiry: str, cvv: str, name: str | None, now: datetime
) -> list[Fault]:
    """What is wrong with a card as typed (CRD-2); empty when it may be tried."""
    digits = re.sub(r"[ \-]", "", number)
    network = network_of(digits)
    found = {
        "number": _number_fault(digits, network),
        "expiry": _expiry_fault(expiry, now),
        "cvv": _cvv_fault(cvv, network),
        "name": _name_fault(name),
    }
    return [Fault(field, message) for field, message in found.items() if message]


def expiry_of(text: str) -> tuple[int, int] | None:
    """Month and four-digit year of ``MM/YY`` or ``MM/YYYY``."""
    match = _EXPIRY.fullmatch(text.strip())
    if not match or not 1 <= int(match[1]) <= 12:
        return None
    year = int(match[2])
    return int(match[1]), year if year > 99 else 2000 + year


def _begins(network: Network, digits: str) -> bool:
    return any(
        low <= int(digits[: len(str(low))]) <= high
        for low, high in network.prefixes
        if digits[: len(str(low))].isdecimal()
    )


def _number_fault(digits: str, network: Network | None) -> str | None:
    if not (digits.isascii() and digits.isdecimal()):
        return "only digits, spaces and hyphens"
    if not (len(digits) in network.lengths if network else 12 <= len(digits) <= 19):
        return "too many or too few digits for this kind of card"
    return None if luhn(digits) else "a digit is wrong"


def _expiry_fault(text: str, now: datetime) -> str | None:
    expiry = expiry_of(text)
    if expiry is None:
        return "must be a month and a year, such as 09/29"
    month, year = expiry
    today = day_of(now)
    if year > today.year + _MOST_YEARS_AHEAD:
        return f"is more than {_MOST_YEARS_AHEAD} years ahead"
    return "has passed" if date(year, month, monthrange(year, month)[1]) < today else None


def _cvv_fault(cvv: str, network: Network | None) -> str | None:
    wanted = network.cvv if network else 3
    fits = cvv.isascii() and cvv.isdecimal() and len(cvv) == wanted
    return None if fits else f"must be {wanted} digits"


def _name_fault(name: str | None) -> str | None:
    if not name or _NAME.fullmatch(name):
        return None
    return "letters, spaces, dots, apostrophes and hyphens"
