"""Who signed: webhooks by HTTP Basic, browser returns by HMAC-SHA256 over doubly encoded fields."""

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping
from urllib.parse import quote, quote_plus, unquote

_UNSIGNED = frozenset({"signature", "signature_algorithm"})


def _rfc3986(text: str) -> str:
    return quote(text, safe="")


def _form(text: str) -> str:
    return quote_plus(text, safe="")


def _java_form(text: str) -> str:
    return quote_plus(text, safe="*").replace("~", "%7E")


_ENCODERS: tuple[Callable[[str], str], ...] = (_rfc3986, _form, _java_form)
"""They differ for a space, a tilde and an asterisk only; the standard one comes first."""


def signer_of(authorization: str, secrets: Mapping[str, tuple[str, str]]) -> str | None:
    """The name of the first pair of user and password that ``authorization`` carries, or None."""
    scheme, _, given = authorization.partition(" ")
    expected = {
        name: base64.b64encode(f"{user}:{password}".encode())
        for name, (user, password) in secrets.items()
    }
    matches = [
        name for name, pair in expected.items() if hmac.compare_digest(given.strip().encode(), pair)
    ]
    return matches[0] if matches and scheme.lower() == "basic" else None


def return_is_signed(fields: Mapping[str, str], response_key: str) -> bool:
    """Whether the returned fields, percent-decoded once, carry a signature by ``response_key``."""
    given = _decoded(fields.get("signature", "")).encode()
    matches = [
        hmac.compare_digest(given, sign_return(fields, response_key, encode))
        for encode in _ENCODERS
    ]
    return any(matches)


def sign_return(
    fields: Mapping[str, str], response_key: str, encode: Callable[[str], str] = _rfc3986
) -> bytes:
    """The base64 signature over every field but the signature's own two."""
    pairs = sorted((encode(k), encode(v)) for k, v in fields.items() if k not in _UNSIGNED)
    text = encode("&".join(f"{k}={v}" for k, v in pairs))
    digest = hmac.new(response_key.encode(), text.encode(), hashlib.sha256).digest()
    return base64.b64encode(digest)


def _decoded(signature: str) -> str:
    """Decoded until it stays the same; base64 may hold ``+``, which forms turn into a space."""
    before, signature = "", signature
    while before != signature:
        before, signature = signature, unquote(signature)
    return signature.replace(" ", "+")
