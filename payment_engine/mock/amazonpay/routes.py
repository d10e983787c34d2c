"""Amazon Pay's paths under ``/amazonpay``, its pages, and its own levers."""

from sanic import Blueprint

from payment_engine.mock.amazonpay.book import NAME
from payment_engine.mock.amazonpay.charges import charge, status
from payment_engine.mock.amazonpay.control import control_routes
from payment_engine.mock.amazonpay.customer import customer_routes
from payment_engine.mock.amazonpay.errors import BROKEN
from payment_engine.mock.amazonpay.instruments import instruments
from payment_engine.mock.amazonpay.lies import lie
from payment_engine.mock.amazonpay.refunds import refund, refund_status
from payment_engine.mock.amazonpay.subscription import register
from payment_engine.mock.amazonpay.tokens import token
from payment_engine.mock.amazonpay.wire import paying, seen, signed
from payment_engine.mock.front import Dialect, guard


def amazonpay_routes() -> list[Blueprint]:
    """The API, the customer's pages and the control; blueprints of their own for each app."""
    routes = Blueprint("amazonpay", url_prefix="/amazonpay")
    guard(routes, Dialect(gateway=NAME, seen=seen, broken=BROKEN, lie=lie, paying=paying))
    routes.add_route(token, "/auth/o2/token", methods=["POST"])
    routes.add_route(signed(instruments), "/v1/payments/instruments", methods=["GET"])
    routes.add_route(signed(charge), "/v1/payments/charge", methods=["POST"])
    routes.add_route(signed(status), "/v1/payments/charge", methods=["GET"])
    routes.add_route(signed(refund), "/v1/payments/refund", methods=["POST"])
    routes.add_route(signed(refund_status), "/v1/payments/refund", methods=["GET"])
    routes.add_route(signed(register), "/v1/ipn", methods=["POST"])
    return [routes, *customer_routes(), control_routes()]
