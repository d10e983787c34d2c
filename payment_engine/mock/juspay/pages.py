"""The customer's pages: Juspay's payment page, and the one that approves or declines an attempt."""

import json
from typing import Any

from sanic import Blueprint, HTTPResponse, Request
from sanic.response import redirect

from payment_engine.mock.form import form_of
from payment_engine.mock.juspay import outcomes
from payment_engine.mock.juspay.documents import masked_number
from payment_engine.mock.juspay.errors import Refusal
from payment_engine.mock.juspay.imitation import attempt_summary
from payment_engine.mock.juspay.methods import BANKS
from payment_engine.mock.juspay.model import (
    AUTHORIZED,
    CHARGED,
    STATUS_IDS,
    WAITING,
    WALLETS,
    Order,
    Txn,
    bin_of,
)
from payment_engine.mock.juspay.signing import signed_return_url
from payment_engine.mock.juspay.state import Juspay, juspay_of
from payment_engine.mock.juspay.transactions import start_txn
from payment_engine.mock.render import page

RIGHT_OTP = "000000"
_TYPES = ["UPI", "CARD", "NB", "WALLET"]
_UPI_TITLES = {"COLLECT": "payment request", "PAY": "opened by the shop", "QR": "scanned code"}


def payment_page_routes() -> Blueprint:
    """A blueprint of its own for each app."""
    routes = Blueprint("juspay-checkout", url_prefix="/customer/juspay/order")
    routes.add_route(show_payment_page, "/<order_key>", methods=["GET"])
    routes.add_route(submit_payment_page, "/<order_key>", methods=["POST"])
    return routes


def attempt_page_routes() -> Blueprint:
    """A blueprint of its own for each app."""
    routes = Blueprint("juspay-customer", url_prefix="/customer/juspay")
    routes.add_route(show_attempt, "/<txn_uuid>", methods=["GET"])
    routes.add_route(submit_attempt, "/<txn_uuid>", methods=["POST"])
    return routes


async def show_payment_page(request: Request, order_key: str) -> HTTPResponse:
    """Juspay's payment page; the attempt's own page once the order is paid."""
    juspay = juspay_of(request)
    order = _open_order(juspay, order_key)
    if not order:
        return page("gone.html", request, http_status=404)
    if order.txn and order.status in CHARGED | AUTHORIZED:
        return redirect(f"/customer/juspay/{order.txn.txn_uuid}", status=303)
    return _payment_page(request, juspay, order)


async def submit_payment_page(request: Request, order_key: str) -> HTTPResponse:
    """Start an attempt by the fields of ``POST /txns`` and redirect to its page."""
    juspay = juspay_of(request)
    order = _open_order(juspay, order_key)
    if not order:
        return page("gone.html", request, http_status=404)
    if form_of(request).get("payment_method_type") not in _types_of(order):
        return _payment_page(request, juspay, order, "Payment instrument mismatch")
    try:
        txn = start_txn(juspay, order, form_of(request), request.path)
    except Refusal as refusal:
        return _payment_page(request, juspay, order, str(refusal.body["error_message"]))
    return redirect(f"/customer/juspay/{txn.txn_uuid}", status=303)


def _open_order(juspay: Juspay, order_key: str) -> Order | None:
    """The order, unless its payment page has expired."""
    order = next((each for each in juspay.orders.values() if each.id == order_key), None)
    expired = order and order.link_expiry and juspay.world.clock.now() > order.link_expiry
    return None if expired else order


def _types_of(order: Order) -> list[str]:
    """The types of payment methods that the order's page offers: all, or those of its filter."""
    if order.fields.get("payment_filter.allowDefaultOptions") != "false":
        return _TYPES
    options = json.loads(f"[{order.fields.get('payment_filter.options', '')}]")
    return [option["paymentMethodType"] for option in options if option["enable"]]


def _payment_page(request: Request, juspay: Juspay, order: Order, error: str = "") -> HTTPResponse:
    cards = juspay.cards.of(juspay.customers.id_of(order.fields.get("customer_id", "")))
    return page(
        "juspay_pay.html",
        request,
        http_status=400 if error else 200,
        order=order,
        error=error,
        types=_types_of(order),
        banks=BANKS,
        wallets=WALLETS,
        cards=[(juspay.cards.tokens.issue(each), masked_number(each)) for each in cards],
    )


async def show_attempt(request: Request, txn_uuid: str) -> HTTPResponse:
    """The page that asks for approval, or tells how the attempt ended."""
    order, txn = juspay_of(request).txns.get(txn_uuid, (None, None))
    if not order or not txn:
        return page("gone.html", request, http_status=404)
    attempt = attempt_summary(order, txn)
    if txn.status not in WAITING:
        message = txn.error_message or "Approved"
        return page("done.html", request, attempt=attempt, message=message)
    template, values = _approval_page(txn)
    return page(template, request, attempt=attempt, **values)


def _approval_page(txn: Txn) -> tuple[str, dict[str, Any]]:
    """The template for an attempt, and its values."""
    if txn.upi:
        return "juspay_upi.html", {"title": _UPI_TITLES.get(txn.flow, "payment request")}
    if txn.card:
        issuer = bin_of(txn.card.isin)
        bank = issuer.bank if issuer else "Mock Bank"
        return "juspay_card.html", {"issuer": bank, "codes": txn.codes_sent}
    missing = max(0, txn.amount - txn.wallet.balance) if txn.wallet else 0
    names = BANKS | WALLETS
    return "juspay_bank.html", {"issuer": names.get(txn.method, txn.method), "missing": missing}


async def submit_attempt(request: Request, txn_uuid: str) -> HTTPResponse:
    """Apply the customer's choice, then send the browser back to the shop or to the attempt.

    ``action`` is ``approve`` (for a card with ``otp``: 000000 is right, any other wrong),
    ``resend`` (another ``otp`` is sent), ``decline``, ``wrong_pin``, ``expired`` or another reason
    of FAILURES.
    """
    juspay = juspay_of(request)
    order, txn = juspay.txns.get(txn_uuid, (None, None))
    if not order or not txn:
        return page("gone.html", request, http_status=404)
    form = form_of(request)
    _apply_choice(juspay, order, txn, form.get("action", ""), form.get("otp", ""))
    return redirect(_next_url(juspay, order, txn), status=303)


async def finish(request: Request, merchant_id: str, txn_uuid: str, order_id: str) -> HTTPResponse:
    """Where a browser is sent that has nothing to authenticate: back to the shop."""
    juspay = juspay_of(request)
    order, txn = juspay.txns.get(txn_uuid, (None, None))
    if not order or not txn:
        return page("gone.html", request, http_status=404)
    return redirect(_next_url(juspay, order, txn), status=303)


def _apply_choice(juspay: Juspay, order: Order, txn: Txn, action: str, otp: str) -> None:
    if txn.status not in WAITING:
        return
    if action == "resend":
        txn.codes_sent += 1
    elif action == "approve" and txn.method_type == "CARD" and otp.strip() != RIGHT_OTP:
        outcomes.decline(juspay, order, txn, "wrong_otp")
    elif action == "approve":
        outcomes.complete(juspay, order, txn)
    else:
        reason = "customer_cancelled" if action == "decline" else action
        outcomes.decline(juspay, order, txn, reason)


def _next_url(juspay: Juspay, order: Order, txn: Txn) -> str:
    """The shop with signed parameters; UPI apps do not return, so their customer stays."""
    return_url = order.fields.get("return_url")
    if txn.upi or not return_url or txn.status in WAITING:
        return f"/customer/juspay/{txn.txn_uuid}"
    return signed_return_url(
        return_url,
        {
            "order_id": order.order_id,
            "status": order.status,
            "status_id": str(STATUS_IDS.get(order.status, "")),
        },
        juspay.config.response_key,
        double_encoded=juspay.config.double_encoded_signature,
    )
