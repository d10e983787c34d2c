"""Juspay's paths, modern and legacy, under ``/juspay``."""

import re
from collections.abc import Callable

from sanic import Blueprint, HTTPResponse, Request
from sanic.models.handler_types import RouteHandler
from sanic.response import redirect

from payment_engine.mock.juspay import (
    auth,
    cards,
    customers,
    errors,
    methods,
    orders,
    refunds,
    transactions,
    wallets,
    wire,
)
from payment_engine.mock.juspay.pages import attempt_page_routes, finish, payment_page_routes
from payment_engine.mock.juspay.wire import payment_facts, refuse, request_facts
from payment_engine.mock.middleware import Dialect, add_middleware

_INTERNAL_ERROR = (
    b'{"status":"error","error_code":"internal_error","error_message":"Something broke."}'
)


def juspay_routes() -> list[Blueprint]:
    """The API and the customer's pages; blueprints of their own for each app."""
    routes = Blueprint("juspay", url_prefix="/juspay")
    add_middleware(
        routes,
        Dialect(
            gateway="juspay",
            request_facts=request_facts,
            error_body=_INTERNAL_ERROR,
            tamper=wire.tamper,
            payment_facts=payment_facts,
        ),
    )
    routes.middleware(wire.encrypt_answer, "response")
    routes.middleware(auth.add_headers, "response")
    routes.middleware(auth.authenticate, "request")
    routes.exception(errors.Refusal)(refuse)
    _add_modern(routes)
    _add_legacy(routes)
    _add_cards(routes)
    _add_customers(routes)
    _add_encrypted(routes)
    return [routes, payment_page_routes(), attempt_page_routes()]


def _add_modern(routes: Blueprint) -> None:
    add = _adder(routes)
    add("POST", "/orders", orders.create)
    add("GET", "/orders/<order_id>", orders.read)
    add("POST", "/orders/<order_id>", orders.update)
    add("POST", "/orders/<order_id>/refunds", refunds.create)
    add("POST", "/refunds", refunds.create_by_txn)
    add("POST", "/session", orders.create_session)
    add("GET", "/merchant/pay/<order_key>", orders.payment_page)
    add("GET", "/merchant/ipay/<order_key>", orders.payment_page)
    add("POST", "/txns", transactions.start)
    add("POST", "/v2/txns/<txn_uuid>/capture", transactions.capture)
    add("POST", "/v2/txns/<txn_uuid>/void", transactions.void)
    add("GET", "/v2/pay/start/<merchant_id>/<txn_uuid>", pay_start)
    add("POST", "/v2/pay/start/<merchant_id>/<txn_uuid>", pay_start)
    add("GET", "/v2/pay/finish/<merchant_id>/<txn_uuid>/<order_id>", finish)
    add("POST", "/v2/upi/verify-vpa", methods.verify_vpa)
    add("GET", "/merchants/<merchant_id>/paymentmethods", methods.payment_methods)


def _add_legacy(routes: Blueprint) -> None:
    add = _adder(routes)
    add("POST", "/order/create", orders.create_legacy)
    add("GET", "/order/status", orders.read_legacy)
    add("POST", "/order/status", orders.read_legacy)
    add("GET", "/order/list", orders.list_orders)
    add("POST", "/order/refund", refunds.create_legacy)
    add("GET", "/card/list", cards.list_saved)
    add("POST", "/upi/verify-vpa", methods.verify_vpa)


def _add_cards(routes: Blueprint) -> None:
    add = _adder(routes)
    add("POST", "/card/tokenize", cards.tokenize)
    add("OPTIONS", "/card/tokenize", cards.tokenize_preflight)
    add("GET", "/cards", cards.list_saved)
    add("POST", "/card/add", cards.add)
    add("POST", "/card/delete", cards.delete)
    add("POST", "/card/update", cards.update)
    add("GET", "/cardbins/<digits>", cards.card_info)
    add("GET", "/v2/bins/eligibility", cards.eligible_bins)


def _add_customers(routes: Blueprint) -> None:
    add = _adder(routes)
    add("POST", "/customers", customers.create)
    add("GET", "/customers", customers.list_customers)
    add("GET", "/customers/<customer_id>", customers.read)
    add("POST", "/customers/<customer_id>", customers.update)
    add("POST", "/customers/<customer_id>/payment_methods", methods.saved_vpas)
    add("POST", "/customers/<customer_id>/wallets", wallets.create)
    add("GET", "/customers/<customer_id>/wallets", wallets.list_of_customer)
    add("GET", "/customers/<customer_id>/wallets/refresh-balances", wallets.refresh_balances)
    add("GET", "/orders/<order_id>/wallets", wallets.list_of_order)
    add("GET", "/wallets/<wallet_id>", wallets.read)
    add("POST", "/wallets/<wallet_id>", wallets.command)


def _add_encrypted(routes: Blueprint) -> None:
    add = _adder(routes)
    add("POST", "/v4/order-status", orders.read_legacy)
    add("POST", "/v4/orders/<order_id>/refunds", refunds.create)
    add("POST", "/v4/session", orders.create_session)
    add("POST", "/v4/txns", transactions.start)


def _adder(routes: Blueprint) -> Callable[[str, str, RouteHandler], None]:
    """Adds routes, each named by its method and path."""

    def add(method: str, path: str, handler: RouteHandler) -> None:
        name = re.sub(r"\W+", "-", f"{method}{path}").strip("-")
        routes.add_route(handler, path, methods=[method], name=name)

    return add


async def pay_start(_: Request, merchant_id: str, txn_uuid: str) -> HTTPResponse:
    """Where an attempt's ``authentication.url`` leads: a redirect to the customer's page."""
    return redirect(f"/customer/juspay/{txn_uuid}", status=303)


def not_served(request: Request) -> HTTPResponse:
    """Juspay's answer to an unknown path."""
    return refuse(request, errors.no_such_path())
