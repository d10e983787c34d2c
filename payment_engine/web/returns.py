"""The return of a customer's browser from a gateway's page: sent on, or told where to go."""

from typing import NamedTuple

import structlog
from sanic import Blueprint, HTTPResponse, Request

from payment_engine.db.errors import database_away
from payment_engine.domain.errors import EngineError
from payment_engine.domain.requests import sizes
from payment_engine.engine import Engine
from payment_engine.services.webhooks.returns import accept_return
from payment_engine.web.bundle import read_page
from payment_engine.web.pages import static_page

blueprint = Blueprint("returns")

_log = structlog.get_logger()


class _Text(NamedTuple):
    english: str
    hindi: str


_LOST = _Text(
    "We cannot tell which payment you come from. If you have paid, do not pay again: the shop is "
    "told as soon as your bank confirms it.",
    "हम नहीं जान सकते कि आप किस भुगतान से लौटे हैं। यदि आपने भुगतान कर दिया है, तो दोबारा न करें: "
    "बैंक के पुष्टि करते ही दुकान को सूचना मिल जाती है।",
)
_BUSY = _Text(
    "We cannot show it at this moment. If you have paid, do not pay again: reload this page in a "
    "minute, or look at your order in the shop.",
    "हम इसे अभी नहीं दिखा सकते। यदि आपने भुगतान कर दिया है, तो दोबारा न करें: एक मिनट में यह पेज "
    "फिर से खोलें, या दुकान में अपना ऑर्डर देखें।",
)


async def browser_return(request: Request, gateway: str) -> HTTPResponse:
    """A customer back from a gateway's page: sent on to the shop, while the outcome is polled.

    Whatever is wrong is said on a page: only browsers come here.
    """
    try:
        location = await _location(request, gateway)
    except EngineError as error:
        return _page(_BUSY if error.retryable else _LOST, error.status)
    except Exception as error:
        if not database_away(error):
            raise
        _log.warning("database_away", error=type(error).__name__)
        return _page(_BUSY, 503)
    return HTTPResponse(status=303, headers={"Location": location, "Cache-Control": "no-store"})


async def _location(request: Request, gateway: str) -> str:
    engine: Engine = request.app.ctx.engine
    address = request.remote_addr or request.ip
    engine.throttle.count(engine.settings.returns_rate, "return", address)
    form = request.get_form(keep_blank_values=True) if request.method == "POST" else None
    fields = {name: values[-1] for name, values in [*request.args.items(), *(form or {}).items()]}
    return await engine.critical.run(accept_return(engine, gateway, fields))


def _page(text: _Text, status: int) -> HTTPResponse:
    return static_page(_PAGES[text], status)


_PAGES = {
    text: read_page("return.html", ENGLISH=text.english, HINDI=text.hindi)
    for text in (_LOST, _BUSY)
}

blueprint.add_route(
    browser_return,
    "/v1/<gateway:str>/return",
    methods=["GET", "POST"],
    ctx_max_body=sizes.RETURN,
)
