"""The script that shops put on their page to open Paytm's checkout."""

from pathlib import Path

from sanic import HTTPResponse, Request

from payment_engine.mock.paytm.book import paytm_of

_SCRIPT = Path(__file__).with_name("checkout.js").read_bytes()


async def loader(request: Request, file: str) -> HTTPResponse:
    """``merchantpgpui/checkoutjs/merchants/{MID}.js``; 404 for another merchant's."""
    known = file == f"{paytm_of(request).config.merchant_id}.js"
    body = _SCRIPT if known else b""
    return HTTPResponse(body, 200 if known else 404, content_type="text/javascript; charset=utf-8")
