"""Paytm's JSON of head and body, where a signature covers the body's text byte for byte."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from payment_engine.gateways.paytm.signature import sign


@dataclass(frozen=True)
class Envelope:
    """Head and body decoded, and the exact ``text`` of the body."""

    head: Mapping[str, object]
    body: Mapping[str, object]
    text: str

    @property
    def is_signed(self) -> bool:
        """Whether the head carries a signature, right or wrong."""
        return self.head.get("signature") is not None


_BLANK = re.compile(r"[ \t\r\n]*")


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


_JSON = json.JSONDecoder(parse_float=str, parse_constant=_refuse)


def compact(value: object) -> str:
    """JSON without blanks."""
    return json.dumps(value, separators=(",", ":"))


def encode_envelope(head: Mapping[str, str], body: Mapping[str, object]) -> bytes:
    """Head and body of a call that is not signed."""
    return _enclosed(head, compact(body))


def encode_signed_envelope(
    head: Mapping[str, str], body: Mapping[str, object], key: str, name: str
) -> bytes:
    """The same, with the checksum over the body's exact text under ``name`` in the head."""
    text = compact(body)
    return _enclosed({**head, name: sign(text, key)}, text)


def decode_envelope(raw: bytes) -> Envelope:
    """Head and body in either order; raises ValueError for anything else."""
    try:
        values, texts = _members(raw.decode())
    except RecursionError as error:
        raise ValueError("nested too deep") from error
    head, body = values.get("head"), values.get("body")
    if not isinstance(head, dict) or "body" not in texts:
        raise ValueError("no head, or no body")
    return Envelope(head, body if isinstance(body, dict) else {}, texts["body"])


def _enclosed(head: Mapping[str, str], text: str) -> bytes:
    return f'{{"head":{compact(head)},"body":{text}}}'.encode()


def _members(text: str) -> tuple[dict[str, object], dict[str, str]]:
    """The members of an object: their values, and the exact text of each value."""
    values: dict[str, object] = {}
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
        raise ValueError(f"{mark} expected")
    return _blank(text, at + 1)


def _blank(text: str, at: int) -> int:
    found = _BLANK.match(text, at)
    return found.end() if found else at
