"""The return of a customer's browser from a gateway's page: sent on, or told where to go."""

from sanic import Blueprint, HTTPResponse, Request

from payment_engine.domain.requests import sizes
from payment_engine.engine import Engine
from payment_engine.services.webhooks.returns import accept_return

blueprint = Blueprint("returns")


async def browser_return(request: Request, gateway: str) -> HTTPResponse:
    """A customer back from a gateway's page: sent on to the shop, while the outcome is polled.

    Whatever is wrong becomes a page (``error_pages``): only browsers come here.
    """
    location = await _location(request, gateway)
    return HTTPResponse(status=303, headers={"Location": location, "Cache-Control": "no-store"})


async def _location(request: Request, gateway: str) -> str:
    engine: Engine = request.app.ctx.engine
    form = request.get_form(keep_blank_values=True) if request.method == "POST" else None
    fields = {name: values[-1] for name, values in [*request.args.items(), *(form or {}).items()]}
    return await engine.critical.run(accept_return(engine, gateway, fields))


blueprint.add_route(
    browser_return,
    "/v1/<gateway:str>/return",
    methods=["GET", "POST"],
    ctx_max_body=sizes.RETURN,
)
