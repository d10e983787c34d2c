"""Identifiers: a prefix that names the thing and a 20-character body that gateways accept."""

import secrets
from typing import Literal

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
    "adm",
    "qtn",
]

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_RANDOM_BITS = 50
_BODY_LENGTH = 20


def new_id(prefix: Prefix, now_ms: int) -> str:
    """A new identifier that sorts by time: 48 bits of milliseconds, 50 random bits.

    The body is lower-case Crockford base32 and 20 characters long, because Juspay takes
    order ids of letters and digits only, shorter than 21, without regard to case (MOD-3).
    """
    number = (now_ms & (1 << 48) - 1) << _RANDOM_BITS | secrets.randbits(_RANDOM_BITS)
    shifts = range(5 * (_BODY_LENGTH - 1), -1, -5)
    return f"{prefix}_" + "".join(_ALPHABET[number >> shift & 31] for shift in shifts)


def gateway_ref(identifier: str) -> str:
    """The part of our identifier that a gateway sees as its reference."""
    return identifier.partition("_")[2]


def is_id(prefix: Prefix, text: str) -> bool:
    """Whether the text could be one of our identifiers of this kind at all."""
    start, body = text[: len(prefix) + 1], text[len(prefix) + 1 :]
    return start == f"{prefix}_" and is_gateway_ref(body)


def is_gateway_ref(text: str) -> bool:
    """Whether the text could be one of our references at all."""
    return len(text) == _BODY_LENGTH and set(text) <= set(_ALPHABET)
