"""The signature of calls and answers: five canonical lines, a dated key, HMAC-SHA384, base64url."""

import hmac
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import reduce
from hashlib import sha384
from urllib.parse import quote

ALGORITHM = "AWS4-HMAC-SHA384"
SCOPE = ("eu-west-1", "AmazonPay", "aws4_request")
Scalar = str | int | bool | None
Json = Scalar | dict[str, "Json"] | list["Json"]
"""JSON whose numbers are still the text they were written as."""


@dataclass(frozen=True, kw_only=True)
class Message:
    """What is signed of a call or an answer."""

    method: str
    host: str
    path: str
    query: Mapping[str, Json] = field(default_factory=dict)
    headers: Mapping[str, Json]
    body: Mapping[str, Json] = field(default_factory=dict)

    @property
    def canonical(self) -> str:
        """Method, address, query, headers and body, a line each."""
        lines = (self.method, self.host + self.path, *map(pairs, self._maps))
        return "\n".join(lines)

    @property
    def _maps(self) -> tuple[Mapping[str, Json], ...]:
        return self.query, self.headers, self.body

    def sign(self, secret: str) -> str:
        """64 characters of base64url; the day comes from ``x-amz-date``."""
        date = str(self.headers["x-amz-date"])
        scope = (date[:8], *SCOPE)
        digest = sha384(self.canonical.encode("utf-8", "surrogateescape")).hexdigest()
        text = "\n".join((ALGORITHM, date, "/".join(scope), digest))
        return urlsafe_b64encode(_digest(signing_key(secret, date[:8]), text)).decode()


def signing_key(secret: str, day: str) -> bytes:
    """The secret narrowed to a day (``20260101``), region and service."""
    return reduce(_digest, (day, *SCOPE), f"AWS4{secret}".encode())


def pairs(fields: Mapping[str, Json]) -> str:
    """``name=value&...`` by name, percent-encoded; nulls are left out, empty texts stay."""
    known = {name: value for name, value in fields.items() if value is not None}
    return "&".join(f"{_encode(name)}={_encode(text_of(known[name]))}" for name in sorted(known))


def text_of(value: Json) -> str:
    """A value as text: a scalar as JSON writes it, anything else as Java prints it."""
    match value:
        case bool():
            return "true" if value else "false"
        case dict():
            return "{" + ", ".join(f"{n}={text_of(v)}" for n, v in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(text_of, value)) + "]"
        case None:
            return "null"
        case _:
            return str(value)


def _encode(text: str) -> str:
    return quote(text.encode("utf-8", "surrogateescape"), safe="-._~")


def _digest(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), "sha384")
