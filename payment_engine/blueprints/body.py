"""Checks before a body is parsed: its content type, and card data where none is accepted."""

import re
from collections.abc import Iterator, Set
from dataclasses import dataclass
from typing import Any

import orjson
from sanic import Request

from payment_engine.domain.card_numbers import has_card_number, is_card_number
from payment_engine.domain.errors import (
    CardDataNotAccepted,
    MalformedBody,
    UnsupportedMediaType,
)
from payment_engine.domain.requests.field_errors import json_pointer

JsonPath = tuple[str | int, ...]

_FORBIDDEN_NAMES = (
    r"card_?number|card_?no|pan|cvv2?|cvc2?|card_?security_?code|security_?code"
    r"|card_?exp(?:iry)?(?:_?(?:month|year|date))?|pin|otp"
)
_FORBIDDEN = re.compile(_FORBIDDEN_NAMES, re.IGNORECASE)
"""Names of fields with data that this service must never receive (PCI DSS scope)."""
_DIGITS = re.compile(rb"[0-9][0-9 ./_-]{11,}[0-9]")
_NAMED = re.compile(rf'"(?:{_FORBIDDEN_NAMES})"'.encode(), re.IGNORECASE)
"""What the text of a body with card data contains, beside escapes that may hide it: a long run of
digits, or a forbidden name. A body in ASCII without them is not searched further."""
_IDENTIFIERS = frozenset(
    {"order_id", "ref", "card_token", "instrument_id", "attempt_id", "replaces", "code"}
)
"""Fields whose values are somebody's own ids and tokens, in any form but that of a card number."""
_JSON = frozenset({"application/json"})
_CONTENT_TYPES = {"PATCH": _JSON | {"application/merge-patch+json"}}
_MAX_DEPTH = 32
"""Far deeper than any request, far shallower than what exhausts the stack."""


@dataclass(frozen=True)
class CheckedBody:
    """A body of JSON as it was sent, and without the fields that may hold a secret."""

    raw: bytes
    stored: Any
    """What may be stored or hashed of it."""


NO_BODY = CheckedBody(b"{}", {})


def check_body(request: Request, secrets: Set[str] = frozenset()) -> CheckedBody:
    """The body; an absent one counts as ``{}``. ``secrets`` names fields that may hold one.

    Raises UnsupportedMediaType, CardDataNotAccepted (naming the field, never its value) and
    MalformedBody.
    """
    raw: bytes = request.body
    if not raw:
        return NO_BODY
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type not in _CONTENT_TYPES.get(request.method, _JSON):
        raise UnsupportedMediaType(f"the content type is {content_type or 'missing'}")
    if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise UnsupportedMediaType("the body is compressed: send it as it is")
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError:
        if has_card_number(raw.decode(errors="replace")):
            raise CardDataNotAccepted from None
        raise MalformedBody from None
    stored = _without(value, secrets)
    if _is_harmless(raw):
        return CheckedBody(raw, stored)
    for path, message in _find_card_data(stored, ()):
        pointer = json_pointer(path)
        raise CardDataNotAccepted(
            f"{pointer or 'body'}: {message}", errors=[{"pointer": pointer, "message": message}]
        )
    return CheckedBody(raw, stored)


def _is_harmless(raw: bytes) -> bool:
    """Whether the text alone shows that there is no card data and nothing nested too deeply."""
    return (
        raw.isascii()
        and raw.count(b"{") + raw.count(b"[") <= _MAX_DEPTH
        and b"\\" not in raw
        and b"%" not in raw
        and not _DIGITS.search(raw)
        and not _NAMED.search(raw)
    )


def _without(value: Any, secrets: Set[str]) -> Any:
    """The body without its secret fields, which are neither searched nor hashed."""
    if not (secrets and isinstance(value, dict)):
        return value
    return {name: inner for name, inner in value.items() if name not in secrets}


def _find_card_data(value: Any, path: JsonPath) -> Iterator[tuple[JsonPath, str]]:
    if len(path) > _MAX_DEPTH:
        raise MalformedBody(f"the body is nested deeper than {_MAX_DEPTH} levels")
    if isinstance(value, dict):
        for name, inner in value.items():
            if has_card_number(name):
                yield path, "a field's name is a card number"
            elif _FORBIDDEN.fullmatch(name):
                yield (
                    (*path, name),
                    "send a one-time token instead, which the browser gets from the gateway",
                )
            yield from _find_card_data(inner, (*path, name))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _find_card_data(inner, (*path, number))
    elif isinstance(value, str | int) and _is_card_data(str(value), path):
        yield path, "this looks like a card number"


def _is_card_data(text: str, path: JsonPath) -> bool:
    identifier = bool(path) and path[-1] in _IDENTIFIERS and " " not in text
    return is_card_number(text) if identifier else has_card_number(text)
