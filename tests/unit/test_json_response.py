"""The headers of JSON answers are those that Sanic would send."""

from typing import Any

import pytest
from sanic import HTTPResponse

from payment_engine.blueprints.json_response import JsonResponse

KIND = "application/json"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"ETag": '"3"', "Retry-After": 2},
        {"X-Request-Id": "a\r\nSet-Cookie: b=c"},
        {"X-Name": "पेमेंट", "X-Zero": "a\x00b"},
    ],
)
def test_headers_are_encoded_and_cleaned_as_sanic_does(headers: dict[str, Any]) -> None:
    ours = JsonResponse(b"{}", 200, dict(headers), KIND)
    theirs = HTTPResponse(b"{}", 200, dict(headers), KIND)
    assert list(ours.processed_headers) == list(theirs.processed_headers)
    assert all(b"\r" not in value for _, value in ours.processed_headers)
