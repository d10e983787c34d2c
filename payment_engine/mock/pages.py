"""The mock's front page: what waits for its customer at every gateway, and what was settled."""

from itertools import chain, islice

from sanic import Blueprint, HTTPResponse, Request

from payment_engine.mock.render import page
from payment_engine.mock.state import mock_of

_SHOWN = 50


def page_routes() -> Blueprint:
    """A blueprint of its own for each app."""
    routes = Blueprint("pages")
    routes.add_route(index, "/", methods=["GET", "HEAD"])
    return routes


async def index(request: Request) -> HTTPResponse:
    """What waits for its customer, newest first, and what was settled last."""
    gateways = mock_of(request).gateways.values()
    found = list(chain.from_iterable(islice(each.attempts(), _SHOWN * 4) for each in gateways))
    waiting = [each for each in found if each.waiting]
    settled = [each for each in found if not each.waiting]
    return page("index.html", request, waiting=waiting[:_SHOWN], settled=settled[:10])
