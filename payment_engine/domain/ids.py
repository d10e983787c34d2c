"""Our identifiers: a prefix for the kind, and a 20-character body that every gateway accepts."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, get_args

Prefix = Literal[
    "pay",
    "att",
    "rfd",
    "crd",
    "tok",
    "vpa",
    "wal",
    "cns",
    "evt",
    "mer",
    "key",
    "whk",
    "msg",
    "chg",
    "prc",
    "adm",
    "qtn",
    "blk",
    "unm",
]

_PREFIXES: frozenset[str] = frozenset(get_args(Prefix))
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_LETTERS = frozenset(_ALPHABET)
_RANDOM_BITS = 50
_BODY_LENGTH = 20
_PAIRS = [first + second for first in _ALPHABET for second in _ALPHABET]
_SHIFTS = range(5 * (_BODY_LENGTH - 2), -1, -10)
"""Where the ten bits of each pair of characters begin, from the first pair."""
_DRAWN_BEFORE = 10
"""Seconds."""


def new_id(prefix: Prefix, now_ms: int, randbits: Callable[[int], int] = secrets.randbits) -> str:
    """A new identifier that sorts by time: 48 bits of milliseconds, 50 random bits.

    The body is 20 characters of lower-case Crockford base32: Juspay accepts order ids of letters
    and digits only, shorter than 21 and compared without case, and NPCI declines UPI transaction
    ids with special characters (circular of 9 January 2025).
    """
    return _written(prefix, now_ms, randbits(_RANDOM_BITS))


def first_id(prefix: Prefix, at: datetime) -> str:
    """What identifiers of this time or later sort after; those of ten seconds before do, too.

    An identifier may be drawn a little before the time that its row carries.
    """
    return _written(prefix, max(0, int(at.timestamp() - _DRAWN_BEFORE) * 1000), 0)


def _written(prefix: Prefix, ms: int, random: int) -> str:
    number = (ms & (1 << 48) - 1) << _RANDOM_BITS | random
    return f"{prefix}_" + "".join([_PAIRS[number >> shift & 1023] for shift in _SHIFTS])


def gateway_ref(identifier: str) -> str:
    """The body of the identifier: what we send to a gateway as our reference."""
    return identifier.partition("_")[2]


def is_id(prefix: Prefix, text: str) -> bool:
    """Whether the text is a well-formed identifier of this kind."""
    start, body = text[: len(prefix) + 1], text[len(prefix) + 1 :]
    return start == f"{prefix}_" and is_gateway_ref(body)


def is_any_id(text: str) -> bool:
    """Whether the text is a well-formed identifier of any kind."""
    prefix, separator, body = text.partition("_")
    return bool(separator) and prefix in _PREFIXES and is_gateway_ref(body)


def is_gateway_ref(text: str) -> bool:
    """Whether the text is a well-formed gateway reference of ours."""
    return len(text) == _BODY_LENGTH and _LETTERS.issuperset(text)


def as_written(ref: str) -> str:
    """A reference that a gateway names, as its owner wrote it: ours in lower case, since gateways
    may change that, and anybody else's as it is."""
    lower = ref.lower()
    return lower if is_gateway_ref(lower) else ref


@dataclass
class DrawnIds:
    """Identifiers of one request: drawn at first use, and the same for each further decision."""

    now: Callable[[], datetime]
    randbits: Callable[[int], int] = secrets.randbits
    _drawn: list[str] = field(default_factory=list)
    _next: int = 0

    def restart(self) -> None:
        """Hand out the same identifiers again, from the first."""
        self._next = 0

    def new(self, prefix: Prefix) -> str:
        """The next identifier."""
        if self._next == len(self._drawn):
            identifier = new_id(prefix, int(self.now().timestamp() * 1000), self.randbits)
            self._drawn.append(gateway_ref(identifier))
        self._next += 1
        return f"{prefix}_{self._drawn[self._next - 1]}"
