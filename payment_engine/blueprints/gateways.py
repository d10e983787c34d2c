"""Called by gateways: webhooks."""

from sanic import Blueprint, HTTPResponse, Request

from payment_engine.domain.requests import sizes
from payment_engine.engine import Engine
from payment_engine.services.incoming import accept_webhook

blueprint = Blueprint("gateways")


@blueprint.post("/v1/<gateway:str>/webhook", ctx_max_body=sizes.WEBHOOK)
async def webhook(request: Request, gateway: str) -> HTTPResponse:
    """A gateway's webhook: answered once it is stored, and processed right after."""
    engine: Engine = request.app.ctx.engine
    headers = {name.lower(): value for name, value in request.headers.items()}
    await accept_webhook(engine, gateway, headers, request.body)
    return HTTPResponse(b'{"status":"ok"}', content_type="application/json")
