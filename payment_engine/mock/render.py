"""Makes the mock's HTML pages from their templates."""

from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from sanic import HTTPResponse, Request

from payment_engine.mock.money import grouped
from payment_engine.mock.state import mock_of

_TEMPLATES = Environment(
    loader=PackageLoader("payment_engine.mock"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_TEMPLATES.filters["rupees"] = grouped


def page(template: str, request: Request, *, http_status: int = 200, **known: Any) -> HTTPResponse:
    """An HTML answer; every template knows the merchant's name."""
    merchant = mock_of(request).world.config.merchant_name
    body = _TEMPLATES.get_template(template).render(merchant=merchant, **known)
    headers = {"Cache-Control": "no-store"}
    return HTTPResponse(body, status=http_status, content_type="text/html; charset=utf-8",
                        headers=headers)  # fmt: skip
