"""Reads Paytm's head and body, keeping the body's raw text, and writes answers in its style."""

import json
import re
from dataclasses import dataclass
from typing import Any

from sanic import HTTPResponse, Request

from payment_engine.mock.paytm.book import Paytm, paytm_of
from payment_engine.mock.paytm.checksum import sign
from payment_engine.mock.paytm.results import Refusal, result

_JSON = json.JSONDecoder()
_BLANK = re.compile(r"[ \t\r\n]*")
_UNFIT = re.compile(r"[^ -~]|[\"'/\\]")
"""What some published client stumbles over in a signed answer."""


class Malformed(Exception):
    """A body that is no JSON object with a head and a body."""


@dataclass(frozen=True)
class Message:
    """A request; ``text`` is the body as it stood there, which is what was signed."""

    head: dict[str, Any]
    body: dict[str, Any]
    text: str

    def field(self, name: str) -> str:
        """A text of the body, empty where it is missing or something else."""
        value = self.body.get(name)
        return value if isinstance(value, str) else ""


def read(request: Request) -> Message:
    """Head and body in either order; a body may be missing. Raises Malformed."""
    try:
        values, texts = _scan(request.body.decode())
    except (ValueError, RecursionError) as error:
        raise Malformed from error
    head, body = values.get("head", {}), values.get("body", {})
    if not isinstance(head, dict) or not isinstance(body, dict):
        raise Malformed
    return Message(head, body, texts.get("body", ""))


@dataclass(frozen=True)
class Said:
    """What an answer says, kept so that a scripted lie can say something else in its style."""

    body: dict[str, Any]
    signed: bool
    flat: bool = False
    """Without an envelope, as the oldest calls answer."""


def say(request: Request, body: dict[str, Any], *, signed: bool = False) -> HTTPResponse:
    """HTTP 200 with a body, signed for the calls whose requests are."""
    request.ctx.said = Said(body, signed)
    return written(paytm_of(request), request.ctx.said)


def say_flat(request: Request, fields: dict[str, str]) -> HTTPResponse:
    """HTTP 200 with upper-case fields and no envelope."""
    request.ctx.said = Said(fields, signed=False, flat=True)
    return written(paytm_of(request), request.ctx.said)


def written(paytm: Paytm, said: Said, *, key: str | None = None) -> HTTPResponse:
    """The answer as all published clients read it; ``key`` signs in place of the merchant's."""
    text = compact(fit(said.body) if said.signed else said.body)
    if not said.flat:
        text = envelope(paytm, text, (key or paytm.key) if said.signed else None)
    return HTTPResponse(text, content_type="application/json")


def envelope(paytm: Paytm, body: str, key: str | None) -> str:
    """Head first, then the body that the head signs; unsigned without a key."""
    head = {"responseTimestamp": paytm.stamp(), "version": "v1"}
    if key:
        head["signature"] = sign(body, key, paytm.salt())
    return f'{{"head":{compact(head)},"body":{body}}}'


def refuse(request: Request, error: Exception) -> HTTPResponse:
    """A Refusal as an unsigned answer."""
    if not isinstance(error, Refusal):
        raise error
    return say(request, result(error.status, error.code))


def compact(value: Any) -> str:
    """JSON without blanks, non-ASCII escaped."""
    return json.dumps(value, separators=(",", ":"))


def fit(value: Any) -> Any:
    """A copy without the characters that trip one client or another."""
    if isinstance(value, dict):
        return {name: fit(each) for name, each in value.items()}
    if isinstance(value, list):
        return [fit(each) for each in value]
    return _UNFIT.sub("", value) if isinstance(value, str) else value


def _scan(text: str) -> tuple[dict[str, Any], dict[str, str]]:
    """The members of an object, and the text that each value stood as."""
    values: dict[str, Any] = {}
    texts: dict[str, str] = {}
    at = _past(text, 0, "{")
    while text[at : at + 1] != "}":
        name, at = _JSON.raw_decode(text, at)
        if not isinstance(name, str):
            raise ValueError(name)
        start = _past(text, at, ":")
        values[name], end = _JSON.raw_decode(text, start)
        texts[name] = text[start:end]
        at = _past(text, end, ",", closing=True)
    if text[at + 1 :].strip():
        raise ValueError(at)
    return values, texts


def _past(text: str, at: int, mark: str, *, closing: bool = False) -> int:
    """Where the next thing begins after blanks and ``mark``, or at the brace that ends it all."""
    at = _blank(text, at)
    if closing and text[at : at + 1] == "}":
        return at
    if text[at : at + 1] != mark:
        raise ValueError(at)
    return _blank(text, at + 1)


def _blank(text: str, at: int) -> int:
    found = _BLANK.match(text, at)
    return found.end() if found else at
