"""Juspay's own payment page: the customer of a session or a payment link picks how to pay."""

from sanic import Blueprint, HTTPResponse, Request
from sanic.response import redirect

from payment_engine.mock.form import form_of
from payment_engine.mock.juspay.book import Juspay, juspay_of
from payment_engine.mock.juspay.errors import Refusal
from payment_engine.mock.juspay.lookups import BANKS
from payment_engine.mock.juspay.model import Order
from payment_engine.mock.juspay.purse import WALLETS
from payment_engine.mock.juspay.render_card import masked
from payment_engine.mock.juspay.statuses import HELD, TAKEN
from payment_engine.mock.juspay.txns import attempt
from payment_engine.mock.render import page


def checkout_routes() -> Blueprint:
    """A blueprint of its own for each app."""
    routes = Blueprint("juspay-checkout", url_prefix="/customer/juspay/order")
    routes.add_route(show, "/<order_key>", methods=["GET"])
    routes.add_route(pay, "/<order_key>", methods=["POST"])
    return routes


async def show(request: Request, order_key: str) -> HTTPResponse:
    """The ways to pay; the attempt's own page once the order is paid."""
    juspay = juspay_of(request)
    order = _open(juspay, order_key)
    if not order:
        return page("gone.html", request, http_status=404)
    if order.txn and order.status in TAKEN | HELD:
        return redirect(f"/customer/juspay/{order.txn.txn_uuid}", status=303)
    return _choices(request, juspay, order)


async def pay(request: Request, order_key: str) -> HTTPResponse:
    """Start the attempt that was chosen, by the same fields as ``POST /txns``, and go on to it."""
    juspay = juspay_of(request)
    order = _open(juspay, order_key)
    if not order:
        return page("gone.html", request, http_status=404)
    try:
        txn = attempt(juspay, order, form_of(request), request.path)
    except Refusal as refusal:
        return _choices(request, juspay, order, str(refusal.body["error_message"]))
    return redirect(f"/customer/juspay/{txn.txn_uuid}", status=303)


def _open(juspay: Juspay, order_key: str) -> Order | None:
    """The order, unless its page has closed."""
    order = next((each for each in juspay.orders.values() if each.id == order_key), None)
    closed = order and order.link_until and juspay.world.clock.now() > order.link_until
    return None if closed else order


def _choices(request: Request, juspay: Juspay, order: Order, sorry: str = "") -> HTTPResponse:
    cards = juspay.locker.cards(juspay.people.key(order.fields.get("customer_id", "")))
    return page(
        "juspay_pay.html",
        request,
        http_status=400 if sorry else 200,
        order=order,
        sorry=sorry,
        banks=BANKS,
        wallets=WALLETS,
        cards=[(juspay.locker.tokens.give(each), masked(each)) for each in cards],
    )
