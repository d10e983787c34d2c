"""Called by gateways: webhooks, and the return of a customer's browser from a gateway's page."""

from sanic import Blueprint, HTTPResponse, Request

from payment_engine.engine import Engine
from payment_engine.services.job_handlers import look_up_now
from payment_engine.services.webhooks.receive import receive_webhook
from payment_engine.services.webhooks.returns import accept_return

blueprint = Blueprint("gateways")


@blueprint.post("/v1/<gateway:str>/webhook")
async def webhook(request: Request, gateway: str) -> HTTPResponse:
    """A gateway's webhook: answered once it is stored, and processed right after."""
    engine: Engine = request.app.ctx.engine
    headers = {name.lower(): value for name, value in request.headers.items()}
    received = receive_webhook(engine, gateway, headers, request.body)
    for attempt_id in await engine.critical.run(received):
        engine.critical.spawn(look_up_now(engine, attempt_id))
    return HTTPResponse(b'{"status":"ok"}', content_type="application/json")


async def browser_return(request: Request, gateway: str) -> HTTPResponse:
    """A customer back from a gateway's page: sent on to the shop, while the outcome is polled."""
    engine: Engine = request.app.ctx.engine
    address = request.remote_addr or request.ip
    engine.throttle.count(engine.settings.returns_rate, "return", address)
    form = request.get_form(keep_blank_values=True) if request.method == "POST" else None
    fields = {name: values[-1] for name, values in [*request.args.items(), *(form or {}).items()]}
    location = await engine.critical.run(accept_return(engine, gateway, fields))
    return HTTPResponse(status=303, headers={"Location": location, "Cache-Control": "no-store"})


blueprint.add_route(browser_return, "/v1/<gateway:str>/return", methods=["GET", "POST"])
