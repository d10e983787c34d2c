"""The shop's paths: it receives notifications, lists them, and is where customers return to."""

from sanic import Blueprint, HTTPResponse, Request
from sanic.response import empty, json

from payment_engine.mock.render import page
from payment_engine.mock.state import mock_of


def shop_routes() -> Blueprint:
    """A blueprint of its own for each app; ``/shop/notify`` is short for ``notifications``."""
    routes = Blueprint("shop", url_prefix="/shop")
    routes.add_route(receive, "/notifications", methods=["POST"])
    routes.add_route(receive, "/notify", methods=["POST"], name="notify")
    routes.add_route(listing, "/notifications", methods=["GET"])
    routes.add_route(customer_return, "/return", methods=["GET", "POST"])
    return routes


async def receive(request: Request) -> HTTPResponse:
    """Receive a notification."""
    headers = {name.lower(): value for name, value in request.headers.items()}
    return empty(mock_of(request).shop.receive(headers, request.body))


async def listing(request: Request) -> HTTPResponse:
    """The notifications received, of one ``order_id`` if named."""
    return json({"notifications": mock_of(request).shop.of_order(request.args.get("order_id"))})


async def customer_return(request: Request) -> HTTPResponse:
    """The customer is back in the shop; the query may name the payment."""
    fields = {name: request.args.get(name) for name in ("order_id", "payment_id", "status")}
    return page("shop_return.html", request, **fields)
