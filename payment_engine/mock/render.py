"""Renders the mock's HTML pages."""

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


def page(template: str, request: Request, *, http_status: int = 200, **values: Any) -> HTTPResponse:
    """An HTML answer; every template gets the merchant's name too."""
    merchant = mock_of(request).world.config.merchant_name
    body = _TEMPLATES.get_template(template).render(merchant=merchant, **values)
    return HTTPResponse(
        body,
        status=http_status,
        content_type="text/html; charset=utf-8",
        headers={"Cache-Control": "no-store"},
    )
