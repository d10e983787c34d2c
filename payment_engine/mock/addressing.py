"""Routes a request to its gateway: by its path, or by the real host that it names."""

import re
from typing import Any

from sanic import Request
from sanic.compat import Header


class Addressed(Request[Any, Any]):
    """A request whose path has single slashes, and begins with the gateway that its host names.

    ``app.ctx.hosts`` has the gateways by their real hosts.
    """

    def __init__(
        self,
        url_bytes: bytes,
        headers: Header,
        version: str,
        method: str,
        transport: Any,
        app: Any,
        **rest: Any,
    ) -> None:
        path, mark, query = url_bytes.partition(b"?")
        gateway = app.ctx.hosts.get(str(headers.get("host", "")).partition(":")[0].lower())
        prefix = f"/{gateway}".encode() if gateway else b""
        if path.startswith((b"/customer/", prefix + b"/")):
            prefix = b""
        url = prefix + re.sub(b"/{2,}", b"/", path) + mark + query
        super().__init__(url, headers, version, method, transport, app, **rest)
