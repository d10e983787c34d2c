"""Juspay's paths, modern and legacy, under ``/juspay``."""

from sanic import Blueprint, HTTPResponse, Request
from sanic.response import redirect

from payment_engine.mock.front import Dialect, guard, lie
from payment_engine.mock.juspay import auth, captures, cards, errors, orders, refunds, txns, upi
from payment_engine.mock.juspay.customer import customer_routes
from payment_engine.mock.juspay.wire import paying, refuse, seen

_GET_POST = ("GET", "POST")
_BROKEN = b'{"status":"error","error_code":"internal_error","error_message":"Something broke."}'


def juspay_routes() -> list[Blueprint]:
    """The API and the customer's pages; blueprints of their own for each app."""
    routes = Blueprint("juspay", url_prefix="/juspay")
    guard(routes, Dialect(gateway="juspay", seen=seen, broken=_BROKEN, lie=lie, paying=paying))
    routes.middleware(auth.sign_answer, "response")
    routes.middleware(auth.admit, "request")
    routes.exception(errors.Refusal)(refuse)
    _modern(routes)
    _legacy(routes)
    return [routes, customer_routes()]


def _modern(routes: Blueprint) -> None:
    routes.add_route(orders.create, "/orders", methods=["POST"])
    routes.add_route(orders.status, "/orders/<order_id>", methods=["GET"])
    routes.add_route(orders.update, "/orders/<order_id>", methods=["POST"])
    routes.add_route(refunds.start_refund, "/orders/<order_id>/refunds", methods=["POST"])
    routes.add_route(txns.start, "/txns", methods=["POST"])
    routes.add_route(captures.capture, "/v2/txns/<txn_uuid>/capture", methods=["POST"])
    routes.add_route(captures.void, "/v2/txns/<txn_uuid>/void", methods=["POST"])
    routes.add_route(pay, "/v2/pay/start/<merchant_id>/<txn_uuid>", methods=_GET_POST)
    routes.add_route(cards.tokenize, "/card/tokenize", methods=["POST"])
    routes.add_route(cards.tokenize_preflight, "/card/tokenize", methods=["OPTIONS"])
    routes.add_route(upi.verify_vpa, "/v2/upi/verify-vpa", methods=["POST"])


def _legacy(routes: Blueprint) -> None:
    routes.add_route(orders.create_legacy, "/order/create", methods=["POST"])
    routes.add_route(orders.status_legacy, "/order/status", methods=_GET_POST)
    routes.add_route(refunds.start_refund_legacy, "/order/refund", methods=["POST"])
    routes.add_route(upi.verify_vpa, "/upi/verify-vpa", methods=["POST"], name="old_verify_vpa")


async def pay(_: Request, merchant_id: str, txn_uuid: str) -> HTTPResponse:
    """Where an attempt's ``authentication.url`` leads: on to the customer's page."""
    return redirect(f"/customer/juspay/{txn_uuid}", status=303)


def not_served(request: Request) -> HTTPResponse:
    """Whatever is not served answers in Juspay's own words."""
    return refuse(request, errors.no_such_path())
