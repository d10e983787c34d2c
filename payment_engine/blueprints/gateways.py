"""From the gateways: webhooks, and customers whose browsers come back."""

from sanic import Blueprint, HTTPResponse, Request

from payment_engine.engine import Engine
from payment_engine.services.webhooks.receive import accept_webhook, take_return

blueprint = Blueprint("gateways")


@blueprint.post("/v1/<gateway:str>/webhook")
async def webhook(request: Request, gateway: str) -> HTTPResponse:
    """Acknowledged once it is stored; handled right after, by a worker if not by us (WHK-2)."""
    engine: Engine = request.app.ctx.engine
    headers = {name.lower(): value for name, value in request.headers.items()}
    await engine.critical.run(accept_webhook(engine, gateway, headers, request.body))
    return HTTPResponse(b'{"status":"ok"}', content_type="application/json")


async def back(request: Request, gateway: str) -> HTTPResponse:
    """Sends the customer on to the shop; what came with them is a hint (MOD-4, WHK-8)."""
    engine: Engine = request.app.ctx.engine
    address = request.remote_addr or request.ip
    engine.throttle.count(engine.settings.returns_rate, "return", address)
    given = request.get_form(keep_blank_values=True) if request.method == "POST" else None
    fields = {name: values[-1] for name, values in [*request.args.items(), *(given or {}).items()]}
    to = await engine.critical.run(take_return(engine, gateway, fields))
    return HTTPResponse(status=303, headers={"Location": to, "Cache-Control": "no-store"})


blueprint.add_route(back, "/v1/<gateway:str>/return", methods=["GET", "POST"])
