"""What a browser calls with card data: a one-time token comes back, the number is not kept."""

from sanic import HTTPResponse, Request

from payment_engine.mock.juspay import errors
from payment_engine.mock.juspay.book import juspay_of
from payment_engine.mock.juspay.testcards import read_card
from payment_engine.mock.juspay.wire import answer, fields_of, refuse

_CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Headers": "*",
    "Access-Control-Allow-Methods": "POST, OPTIONS",
}


async def tokenize(request: Request) -> HTTPResponse:
    """``POST /card/tokenize``: ``{"token": "ctkn_..."}``, good for one payment in 15 minutes."""
    try:
        response = _tokenized(request)
    except errors.Refusal as refusal:
        response = refuse(request, refusal)
    response.headers.extend(_CORS)
    return response


async def tokenize_preflight(_: Request) -> HTTPResponse:
    """``OPTIONS /card/tokenize``: any shop's page may call it."""
    return HTTPResponse(status=204, headers=_CORS)


def _tokenized(request: Request) -> HTTPResponse:
    fields = fields_of(request)
    code = fields.get("card_security_code", "")
    juspay = juspay_of(request)
    card = read_card(fields, juspay.card_key)
    if not card:
        raise errors.invalid("card_number")
    if code and not (code.isdigit() and len(code) in (3, 4)):
        raise errors.invalid("card_security_code")
    return answer({"token": juspay.entered.give(card)})
