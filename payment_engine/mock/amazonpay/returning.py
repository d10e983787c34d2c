"""Signs what a customer's browser brings back to the shop: base64 of HMAC-SHA256."""

import hmac
from base64 import b64encode
from collections.abc import Mapping
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

_HEAD = "POST\namazonpay.amazon.in\n/\n"
"""The same for every environment, method and address."""


def sign_return(params: Mapping[str, str], access_key: str, secret: str) -> str:
    """The signature of the parameters, ``signature`` itself not among them."""
    signed = {
        **params,
        "AWSAccessKeyId": access_key,
        "SignatureMethod": "HmacSHA256",
        "SignatureVersion": "2",
    }
    names = sorted(signed, key=str.encode)
    text = _HEAD + "&".join(f"{name}={quote(signed[name], safe='')}" for name in names)
    return b64encode(hmac.digest(secret.encode(), text.encode(), "sha256")).decode()


def return_to(callback_url: str, params: Mapping[str, str], keys: tuple[str, str]) -> str:
    """Where the browser is sent: the callback URL with the signed parameters added."""
    parts = urlsplit(callback_url)
    signed = {**params, "signature": sign_return(params, *keys)}
    query = [*parse_qsl(parts.query, keep_blank_values=True), *signed.items()]
    return urlunsplit(parts._replace(query=urlencode(query, quote_via=quote, safe="")))
