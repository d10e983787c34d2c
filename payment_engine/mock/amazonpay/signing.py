"""How Amazon Pay signs: calls and answers by HMAC-SHA384, what a browser returns by HMAC-SHA256."""

import hmac
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import reduce
from hashlib import sha384
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

_RETURN_HEAD = "POST\namazonpay.amazon.in\n/\n"
"""The same for every environment, method and address."""
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
        lines = (self.method, self.host + self.path, *map(canonical_pairs, self._maps))
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
    """The key derived for a day (``20260101``), region and service."""
    return reduce(_digest, (day, *SCOPE), f"AWS4{secret}".encode())


def canonical_pairs(fields: Mapping[str, Json]) -> str:
    """``name=value&...`` by name, percent-encoded; nulls are omitted, empty texts stay."""
    texts = {name: text_of(value) for name, value in fields.items() if value is not None}
    return "&".join(f"{_encode(name)}={_encode(texts[name])}" for name in sorted(texts))


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


def sign_return(params: Mapping[str, str], access_key: str, secret: str) -> str:
    """The signature of the parameters, ``signature`` itself not among them."""
    signed = {
        **params,
        "AWSAccessKeyId": access_key,
        "SignatureMethod": "HmacSHA256",
        "SignatureVersion": "2",
    }
    names = sorted(signed, key=str.encode)
    text = _RETURN_HEAD + "&".join(f"{name}={quote(signed[name], safe='')}" for name in names)
    return b64encode(hmac.digest(secret.encode(), text.encode(), "sha256")).decode()


def signed_return_url(callback_url: str, params: Mapping[str, str], keys: tuple[str, str]) -> str:
    """The callback URL with the signed parameters."""
    parts = urlsplit(callback_url)
    signed = {**params, "signature": sign_return(params, *keys)}
    query = [*parse_qsl(parts.query, keep_blank_values=True), *signed.items()]
    return urlunsplit(parts._replace(query=urlencode(query, quote_via=quote, safe="")))
