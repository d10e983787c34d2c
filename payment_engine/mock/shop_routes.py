"""The shop's paths: where it hears notifications, lists them, and takes customers back."""

from sanic import Blueprint, HTTPResponse, Request
from sanic.response import empty, json

from payment_engine.mock.render import page
from payment_engine.mock.state import mock_of


def shop_routes() -> Blueprint:
    """A blueprint of its own for each app; ``/shop/notify`` is short for ``notifications``."""
    routes = Blueprint("shop", url_prefix="/shop")
    routes.add_route(hear, "/notifications", methods=["POST"])
    routes.add_route(hear, "/notify", methods=["POST"], name="notify")
    routes.add_route(listing, "/notifications", methods=["GET"])
    routes.add_route(back, "/return", methods=["GET", "POST"])
    return routes


async def hear(request: Request) -> HTTPResponse:
    """Take a notification."""
    headers = {name.lower(): value for name, value in request.headers.items()}
    return empty(mock_of(request).shop.hear(headers, request.body))


async def listing(request: Request) -> HTTPResponse:
    """What was heard, of one ``order_id`` if named."""
    return json({"notifications": mock_of(request).shop.about(request.args.get("order_id"))})


async def back(request: Request) -> HTTPResponse:
    """The customer is back in the shop; which payment it was may be in the query."""
    known = {name: request.args.get(name) for name in ("order_id", "payment_id", "status")}
    return page("shop_return.html", request, **known)
