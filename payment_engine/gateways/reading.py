"""Reads what gateways answer, of which nothing may be taken for granted."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from payment_engine.domain.gateway import Unknown
from payment_engine.domain.masking import scrub
from payment_engine.domain.money import Paise, from_rupees

_PERSONAL = re.compile(r"\S+@\S+|\+?[0-9]{10,}")


def object_of(value: Any) -> dict[str, Any]:
    """The value as an object; raises Unknown for anything else."""
    if not isinstance(value, dict):
        raise Unknown("an answer that is no object")
    return value


def part(whole: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The object under ``name``; empty where there is none."""
    found = whole.get(name)
    return found if isinstance(found, dict) else {}


def text(whole: Mapping[str, Any], name: str) -> str | None:
    """The scalar under ``name`` as text; None where it is missing, null, empty or a structure."""
    value = whole.get(name)
    return None if value in (None, "") or isinstance(value, dict | list) else str(value)


def paise(rupees: Any) -> Paise | None:
    """Paise from a rupee number or text as the wire had it; raises Unknown for a senseless one."""
    try:
        return None if rupees in (None, "") else from_rupees(str(rupees))
    except ValueError as error:
        raise Unknown("an amount that is none") from error


def in_address(words: str) -> str:
    """Text as a part of an address; raises Unknown for half a character, which none can hold."""
    try:
        return quote(words, safe="")
    except UnicodeEncodeError as error:
        raise Unknown("half a character for an address") from error


def impersonal(words: str) -> str:
    """Free text as it may be kept: no card, address or phone number, and short."""
    return _PERSONAL.sub("<hidden>", scrub(words))[:200]
