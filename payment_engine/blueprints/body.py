"""What is looked at before a body is parsed: its kind, and card data where none belongs."""

import re
from collections.abc import Iterator, Set
from typing import Any

import orjson
from sanic import Request

from payment_engine.domain.errors import (
    CardDataNotAccepted,
    MalformedBody,
    UnsupportedMediaType,
)
from payment_engine.domain.masking import has_card_number
from payment_engine.domain.requests.payments import pointer_to

Place = tuple[str | int, ...]

_FORBIDDEN = re.compile(
    r"card_?number|card_?no|pan|cvv2?|cvc2?|card_?security_?code|security_?code"
    r"|card_?exp(iry)?(_?(month|year|date))?|pin|otp",
    re.IGNORECASE,
)
"""Names of fields that hold what this service must never see (PCI-8)."""
_JSON = frozenset({"application/json"})
_KINDS = {"PATCH": _JSON | {"application/merge-patch+json"}}
_DEEPEST = 32
"""Far deeper than any request, far shallower than what exhausts the stack."""


def check_body(request: Request, secrets: Set[str] = frozenset()) -> bytes:
    """The raw JSON; an absent body says ``{}``. ``secrets`` names fields that may hold one here.

    Raises UnsupportedMediaType, CardDataNotAccepted (naming the field, never its value) and
    MalformedBody.
    """
    raw: bytes = request.body
    if not raw:
        return b"{}"
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in _KINDS.get(request.method, _JSON):
        raise UnsupportedMediaType(f"this is {kind or 'of no stated type'}")
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError:
        if has_card_number(raw.decode(errors="replace")):
            raise CardDataNotAccepted from None
        raise MalformedBody from None
    for place, message in _card_data(without(value, secrets), ()):
        pointer = pointer_to(place)
        raise CardDataNotAccepted(
            f"{pointer or 'body'}: {message}", errors=[{"pointer": pointer, "message": message}]
        )
    return raw


def without(value: Any, secrets: Set[str]) -> Any:
    """The body less its secrets, which are neither looked through nor hashed (PCI-2)."""
    if not (secrets and isinstance(value, dict)):
        return value
    return {name: inner for name, inner in value.items() if name not in secrets}


def _card_data(value: Any, place: Place) -> Iterator[tuple[Place, str]]:
    if len(place) > _DEEPEST:
        raise MalformedBody(f"the body is nested deeper than {_DEEPEST} levels")
    if isinstance(value, dict):
        for name, inner in value.items():
            if has_card_number(name):
                yield place, "a field's name is a card number"
            elif _FORBIDDEN.fullmatch(name):
                yield (
                    (*place, name),
                    "this service takes a one-time token instead: let the browser get one",
                )
            yield from _card_data(inner, (*place, name))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _card_data(inner, (*place, number))
    elif isinstance(value, str | int) and has_card_number(str(value)):
        yield place, "this looks like a card number"
