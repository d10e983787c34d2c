"""Amazon Pay India's signatures: of calls, of answers and of browser returns."""

import base64
import functools
import hashlib
import hmac
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

ALGORITHM = "AWS4-HMAC-SHA384"

_SCOPE = ("eu-west-1", "AmazonPay", "aws4_request")
_RETURN_HEAD = "POST\namazonpay.amazon.in\n/\n"
"""The same for every return, even from the sandbox."""
_RETURN_FIELDS = frozenset(
    {
        *("status", "reasonCode", "description", "sellerOrderId", "transactionId"),
        *("amazonOrderId", "orderTotalAmount", "orderTotalCurrencyCode", "transactionDate"),
        "customInformation",
    }
)
_NODE_UNESCAPED = "!'()*"


def canonical(
    method: str,
    host_and_path: str,
    query: Mapping[str, Any],
    headers: Mapping[str, Any],
    body: Mapping[str, Any],
) -> str:
    """The five lines that are signed."""
    return "\n".join((method, host_and_path, pairs(query), pairs(headers), pairs(body)))


def pairs(fields: Mapping[str, Any]) -> str:
    """Sorted ``name=value`` in RFC 3986 encoding: nulls are left out, empty texts stay."""
    present = ((name, fields[name]) for name in sorted(fields) if fields[name] is not None)
    return "&".join(f"{_rfc3986(name)}={_rfc3986(lexeme(value))}" for name, value in present)


def lexeme(value: Any) -> str:
    """The text of a JSON value: numbers as they were written, structures as Java prints them."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}={lexeme(each)}" for name, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(lexeme, value)) + "]"
    return "null" if value is None else str(value)


def sign(secret: str, date: str, text: str) -> str:
    """64 base64url characters over a canonical text; ``date`` is ``YYYYMMDDThhmmssZ``."""
    day = date[:8]
    digest = hashlib.sha384(text.encode()).hexdigest()
    signed = "\n".join((ALGORITHM, date, "/".join((day, *_SCOPE)), digest))
    return base64.urlsafe_b64encode(_hmac(signing_key(secret, day), signed)).decode()


def signing_key(secret: str, day: str) -> bytes:
    """The secret narrowed to a day, a region and a service."""
    return functools.reduce(_hmac, (day, *_SCOPE), f"AWS4{secret}".encode())


def sign_return(
    fields: Mapping[str, str],
    access_key: str,
    secret: str,
    encode: Callable[[str], str] | None = None,
) -> str:
    """The base64 signature of a browser return's fields, other than ``signature`` itself."""
    encode = encode or _rfc3986
    signed = {
        **{name: encode(value) for name, value in fields.items() if name != "signature"},
        "AWSAccessKeyId": encode(access_key),
        "SignatureMethod": "HmacSHA256",
        "SignatureVersion": "2",
    }
    text = _RETURN_HEAD + "&".join(f"{name}={signed[name]}" for name in sorted(signed))
    digest = hmac.digest(secret.encode(), text.encode(errors="surrogatepass"), "sha256")
    return base64.b64encode(digest).decode()


def return_is_signed(fields: Mapping[str, str], access_key: str, secret: str) -> bool:
    """Whether a return is Amazon's, whether or not others added fields to its address."""
    given = fields.get("signature", "").replace(" ", "+").encode(errors="surrogatepass")
    documented = {name: value for name, value in fields.items() if name in _RETURN_FIELDS}
    matches = [
        hmac.compare_digest(given, sign_return(each, access_key, secret, encode).encode())
        for each in (fields, documented)
        for encode in (_rfc3986, _node)
    ]
    return any(matches)


def _rfc3986(text: str) -> str:
    return quote(text, safe="", errors="surrogatepass")


def _node(text: str) -> str:
    return quote(text, safe=_NODE_UNESCAPED, errors="surrogatepass")


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), "sha384")
