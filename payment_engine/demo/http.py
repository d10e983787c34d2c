"""One JSON request to a loopback server, for the demo's own calls."""

import http.client
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit


def request_json(
    method: str, url: str, body: object = None, headers: Mapping[str, str] | None = None
) -> tuple[int, dict[str, Any]]:
    """The status and the decoded body; status 0 if nobody answers."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
    content = None if body is None else json.dumps(body)
    content_type = {} if body is None else {"Content-Type": "application/json"}
    try:
        connection.request(method, parts.path or "/", content, {**content_type, **(headers or {})})
        response = connection.getresponse()
        return response.status, _decoded(response.read())
    except (OSError, http.client.HTTPException):
        return 0, {}
    finally:
        connection.close()


def responds(url: str) -> bool:
    """Whether a GET is answered, and not with an error."""
    return 200 <= request_json("GET", url)[0] < 400


def _decoded(raw: bytes) -> dict[str, Any]:
    try:
        content = json.loads(raw)
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}
