"""Finds the gateway that a request means: by its path, or by the real host that it names."""

import re
from typing import Any

from sanic import Request

HOSTS = {
    "api.juspay.in": "juspay",
    "sandbox.juspay.in": "juspay",
    "secure.paytmpayments.com": "paytm",
    "securestage.paytmpayments.com": "paytm",
    "securegw.paytm.in": "paytm",
    "securegw-stage.paytm.in": "paytm",
    "pgp-ite.paytm.in": "paytm",
    "amazonpay.amazon.in": "amazonpay",
    "amazonpay-sandbox.amazon.in": "amazonpay",
    "api.amazon.co.uk": "amazonpay",
    "eu.account.amazon.com": "amazonpay",
    "sns.eu-west-1.amazonaws.com": "amazonpay",
}
"""Hosts of the gateways, for clients that cannot be told of another one."""


class Addressed(Request[Any, Any]):
    """A request whose path has single slashes, and begins with the gateway that its host names."""

    def __init__(self, url_bytes: bytes, headers: Any, *rest: Any, **more: Any) -> None:
        path, mark, query = url_bytes.partition(b"?")
        gateway = HOSTS.get(str(headers.get("host", "")).partition(":")[0].lower())
        prefix = f"/{gateway}".encode() if gateway else b""
        if path.startswith((b"/customer/", prefix + b"/")):
            prefix = b""
        super().__init__(prefix + re.sub(b"/{2,}", b"/", path) + mark + query,
                         headers, *rest, **more)  # fmt: skip
