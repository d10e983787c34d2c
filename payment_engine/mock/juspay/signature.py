"""Signs what a customer's browser brings back to the shop, as Juspay's response key does."""

import hmac
from base64 import b64encode
from collections.abc import Mapping
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit


def sign(params: Mapping[str, str], key: str) -> str:
    """Base64 of HMAC-SHA256 over the sorted, percent-encoded query, encoded once more."""
    pairs = sorted((quote(name, safe=""), quote(value, safe="")) for name, value in params.items())
    canonical = quote("&".join(f"{name}={value}" for name, value in pairs), safe="")
    return b64encode(hmac.digest(key.encode(), canonical.encode(), "sha256")).decode()


def return_to(
    return_url: str, params: Mapping[str, str], key: str, *, double_encoded: bool = False
) -> str:
    """Where the browser is sent: the shop's URL with signed parameters, unsigned without a key."""
    parts = urlsplit(return_url)
    query = {**dict(parse_qsl(parts.query, keep_blank_values=True)), **params}
    if key:
        signature = sign(query, key)
        query["signature"] = quote(signature, safe="") if double_encoded else signature
        query["signature_algorithm"] = "HMAC-SHA256"
    return urlunsplit(parts._replace(query=urlencode(query, quote_via=quote, safe="")))
