"""One JSON request to a loopback server, for the demo's own errands."""

import http.client
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit


def call(
    method: str, url: str, body: object = None, headers: Mapping[str, str] | None = None
) -> tuple[int, dict[str, Any]]:
    """The status and the decoded body; status 0 if nobody answers."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
    sent = None if body is None else json.dumps(body)
    kind = {} if body is None else {"Content-Type": "application/json"}
    try:
        connection.request(method, parts.path or "/", sent, {**kind, **(headers or {})})
        answer = connection.getresponse()
        return answer.status, _decoded(answer.read())
    except (OSError, http.client.HTTPException):
        return 0, {}
    finally:
        connection.close()


def answers_well(url: str) -> bool:
    """Whether a GET is answered, and not with an error."""
    return 200 <= call("GET", url)[0] < 400


def _decoded(raw: bytes) -> dict[str, Any]:
    try:
        content = json.loads(raw)
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}
