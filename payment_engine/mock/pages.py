"""The mock's front page: what waits for its customer at every gateway, and what ended last."""

from itertools import chain, islice

from sanic import Blueprint, HTTPResponse, Request

from payment_engine.mock.render import page
from payment_engine.mock.state import mock_of

_MOST_WAITING = 50
_MOST_ENDED = 10
_MOST_READ = 200


def page_routes() -> Blueprint:
    """A blueprint of its own for each app."""
    routes = Blueprint("pages")
    routes.add_route(index, "/", methods=["GET", "HEAD"])
    return routes


async def index(request: Request) -> HTTPResponse:
    """The attempts that wait for their customer and those that ended, newest first."""
    gateways = mock_of(request).gateways.values()
    found = list(chain.from_iterable(islice(each.attempts(), _MOST_READ) for each in gateways))
    waiting = [each for each in found if each.waiting]
    ended = [each for each in found if not each.waiting]
    return page("index.html", request, waiting=waiting[:_MOST_WAITING], ended=ended[:_MOST_ENDED])
