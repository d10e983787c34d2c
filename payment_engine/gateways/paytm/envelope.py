"""Paytm's head and body as they came: a signature covers the body's text, byte for byte."""

import json
import re
from dataclasses import dataclass
from typing import Any

from payment_engine.gateways.paytm.checksum import sign


@dataclass(frozen=True)
class Envelope:
    """What was decoded, and the text that the body stood as."""

    head: dict[str, Any]
    body: dict[str, Any]
    text: str


_BLANK = re.compile(r"[ \t\r\n]*")


def _refuse(word: str) -> None:
    raise ValueError(f"{word} is not JSON")


_JSON = json.JSONDecoder(parse_float=str, parse_constant=_refuse)


def compact(value: object) -> str:
    """JSON without blanks."""
    return json.dumps(value, separators=(",", ":"))


def enclose(head: dict[str, str], body: dict[str, Any]) -> bytes:
    """Head and body in Paytm's order, for the calls that are not signed."""
    return _enclosed(head, compact(body))


def enclose_signed(head: dict[str, str], body: dict[str, Any], key: str, name: str) -> bytes:
    """The same with the checksum over the body's exact text under ``name`` of the head."""
    text = compact(body)
    return _enclosed({**head, name: sign(text, key)}, text)


def disclose(raw: bytes) -> Envelope:
    """Head and body in either order; raises ValueError for anything else."""
    try:
        values, texts = _members(raw.decode())
    except RecursionError as error:
        raise ValueError("nested too deep") from error
    head, body = values.get("head"), values.get("body")
    if not isinstance(head, dict) or "body" not in texts:
        raise ValueError("no head, or no body")
    return Envelope(head, body if isinstance(body, dict) else {}, texts["body"])


def _enclosed(head: dict[str, str], text: str) -> bytes:
    return f'{{"head":{compact(head)},"body":{text}}}'.encode()


def _members(text: str) -> tuple[dict[str, Any], dict[str, str]]:
    """The members of an object, and the text that each value stood as."""
    values: dict[str, Any] = {}
    texts: dict[str, str] = {}
    at, mark = _past(text, 0, "{"), ","
    while mark == ",":
        name, at = _JSON.raw_decode(text, at)
        start = _past(text, at, ":")
        values[str(name)], end = _JSON.raw_decode(text, start)
        texts[str(name)] = text[start:end]
        at = _blank(text, end)
        mark, at = text[at : at + 1], _blank(text, at + 1)
    if mark != "}" or text[at:]:
        raise ValueError("not one object")
    return values, texts


def _past(text: str, at: int, mark: str) -> int:
    at = _blank(text, at)
    if text[at : at + 1] != mark:
        raise ValueError(f"no {mark} where it belongs")
    return _blank(text, at + 1)


def _blank(text: str, at: int) -> int:
    found = _BLANK.match(text, at)
    return found.end() if found else at
