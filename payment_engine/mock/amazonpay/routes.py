"""Amazon Pay's paths under ``/amazonpay``, its pages, and its own actions."""

from sanic import Blueprint

from payment_engine.mock.amazonpay import refunds, transactions, wallets, webhooks
from payment_engine.mock.amazonpay.auth import signed
from payment_engine.mock.amazonpay.config import NAME
from payment_engine.mock.amazonpay.control import control_routes
from payment_engine.mock.amazonpay.errors import INTERNAL_ERROR
from payment_engine.mock.amazonpay.pages import page_routes
from payment_engine.mock.amazonpay.wire import payment_facts, request_facts, tamper
from payment_engine.mock.middleware import Dialect, add_middleware

_DIALECT = Dialect(
    gateway=NAME,
    request_facts=request_facts,
    error_body=INTERNAL_ERROR,
    tamper=tamper,
    payment_facts=payment_facts,
)


def amazonpay_routes() -> list[Blueprint]:
    """The API, the customer's pages and the control; blueprints of their own for each app."""
    routes = Blueprint("amazonpay", url_prefix="/amazonpay")
    add_middleware(routes, _DIALECT)
    routes.add_route(wallets.exchange_token, "/auth/o2/token", methods=["POST"])
    signed_routes = (
        ("GET", "/v1/payments/instruments", wallets.read_instruments),
        ("POST", "/v1/payments/charge", transactions.create),
        ("GET", "/v1/payments/charge", transactions.read),
        ("POST", "/v1/payments/refund", refunds.create),
        ("GET", "/v1/payments/refund", refunds.read),
        ("POST", "/v1/ipn", webhooks.register),
    )
    for method, path, handler in signed_routes:
        name = f"{method}{path}".replace("/", "-")
        routes.add_route(signed(handler), path, methods=[method], name=name)
    return [routes, *page_routes(), control_routes()]
