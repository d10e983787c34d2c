"""Juspay's paths, modern and legacy, under ``/juspay``."""

import re
from collections.abc import Callable

from sanic import Blueprint, HTTPResponse, Request
from sanic.models.handler_types import RouteHandler
from sanic.response import redirect

from payment_engine.mock.front import Dialect, guard
from payment_engine.mock.juspay import (
    auth,
    captures,
    cards,
    customers,
    errors,
    lookups,
    orders,
    refunds,
    saved_cards,
    sealed,
    sessions,
    txns,
    upi,
    wallets,
)
from payment_engine.mock.juspay.checkout import checkout_routes
from payment_engine.mock.juspay.customer import customer_routes
from payment_engine.mock.juspay.wire import paying, refuse, seen

_BROKEN = b'{"status":"error","error_code":"internal_error","error_message":"Something broke."}'


def juspay_routes() -> list[Blueprint]:
    """The API and the customer's pages; blueprints of their own for each app."""
    routes = Blueprint("juspay", url_prefix="/juspay")
    guard(
        routes,
        Dialect(gateway="juspay", seen=seen, broken=_BROKEN, lie=sealed.lie, paying=paying),
    )
    routes.middleware(sealed.seal_answer, "response")
    routes.middleware(auth.sign_answer, "response")
    routes.middleware(auth.admit, "request")
    routes.exception(errors.Refusal)(refuse)
    _modern(routes)
    _legacy(routes)
    _cards(routes)
    _customers(routes)
    _sealed(routes)
    return [routes, checkout_routes(), customer_routes()]


def _modern(routes: Blueprint) -> None:
    add = _adder(routes)
    add("POST", "/orders", orders.create)
    add("GET", "/orders/<order_id>", orders.status)
    add("POST", "/orders/<order_id>", orders.update)
    add("POST", "/orders/<order_id>/refunds", refunds.start_refund)
    add("POST", "/refunds", refunds.start_refund_by_txn)
    add("POST", "/session", sessions.create)
    add("GET", "/merchant/pay/<order_key>", sessions.page)
    add("GET", "/merchant/ipay/<order_key>", sessions.page)
    add("POST", "/txns", txns.start)
    add("POST", "/v2/txns/<txn_uuid>/capture", captures.capture)
    add("POST", "/v2/txns/<txn_uuid>/void", captures.void)
    add("GET", "/v2/pay/start/<merchant_id>/<txn_uuid>", pay)
    add("POST", "/v2/pay/start/<merchant_id>/<txn_uuid>", pay)
    add("POST", "/v2/upi/verify-vpa", upi.verify_vpa)
    add("GET", "/merchants/<merchant_id>/paymentmethods", lookups.payment_methods)


def _legacy(routes: Blueprint) -> None:
    add = _adder(routes)
    add("POST", "/order/create", orders.create_legacy)
    add("GET", "/order/status", orders.status_legacy)
    add("POST", "/order/status", orders.status_legacy)
    add("GET", "/order/list", orders.listing)
    add("POST", "/order/refund", refunds.start_refund_legacy)
    add("GET", "/card/list", saved_cards.listing)
    add("POST", "/upi/verify-vpa", upi.verify_vpa)


def _cards(routes: Blueprint) -> None:
    add = _adder(routes)
    add("POST", "/card/tokenize", cards.tokenize)
    add("OPTIONS", "/card/tokenize", cards.tokenize_preflight)
    add("GET", "/cards", saved_cards.listing)
    add("POST", "/card/add", saved_cards.add)
    add("POST", "/card/delete", saved_cards.delete)
    add("POST", "/card/update", saved_cards.update)
    add("GET", "/cardbins/<digits>", lookups.card_info)
    add("GET", "/v2/bins/eligibility", lookups.eligible_bins)


def _customers(routes: Blueprint) -> None:
    add = _adder(routes)
    add("POST", "/customers", customers.create)
    add("GET", "/customers", customers.listing)
    add("GET", "/customers/<customer_id>", customers.one)
    add("POST", "/customers/<customer_id>", customers.update)
    add("POST", "/customers/<customer_id>/payment_methods", lookups.saved_vpas)
    add("POST", "/customers/<customer_id>/wallets", wallets.create)
    add("GET", "/customers/<customer_id>/wallets", wallets.of_customer)
    add("GET", "/customers/<customer_id>/wallets/refresh-balances", wallets.refresh_all)
    add("GET", "/orders/<order_id>/wallets", wallets.of_order)
    add("GET", "/wallets/<wallet_id>", wallets.one)
    add("POST", "/wallets/<wallet_id>", wallets.command)


def _sealed(routes: Blueprint) -> None:
    add = _adder(routes)
    add("POST", "/v4/order-status", orders.status_legacy)
    add("POST", "/v4/orders/<order_id>/refunds", refunds.start_refund)
    add("POST", "/v4/session", sessions.create)
    add("POST", "/v4/txns", txns.start)


def _adder(routes: Blueprint) -> Callable[[str, str, RouteHandler], None]:
    """Adds a route by its method and path, which are its name as well."""

    def add(method: str, path: str, handler: RouteHandler) -> None:
        name = re.sub(r"\W+", "-", f"{method}{path}").strip("-")
        routes.add_route(handler, path, methods=[method], name=name)

    return add


async def pay(_: Request, merchant_id: str, txn_uuid: str) -> HTTPResponse:
    """Where an attempt's ``authentication.url`` leads: on to the customer's page."""
    return redirect(f"/customer/juspay/{txn_uuid}", status=303)


def not_served(request: Request) -> HTTPResponse:
    """Whatever is not served answers in Juspay's own words."""
    return refuse(request, errors.no_such_path())
