"""Pages where the customer of an attempt approves or declines it."""

from typing import Any

from sanic import Blueprint, HTTPResponse, Request
from sanic.response import redirect

from payment_engine.mock.form import form_of
from payment_engine.mock.juspay import outcomes
from payment_engine.mock.juspay.bins import bin_of
from payment_engine.mock.juspay.book import Juspay, juspay_of
from payment_engine.mock.juspay.imitated import shown_attempt
from payment_engine.mock.juspay.lookups import BANKS
from payment_engine.mock.juspay.model import Order, Txn
from payment_engine.mock.juspay.purse import WALLETS
from payment_engine.mock.juspay.signature import return_to
from payment_engine.mock.juspay.statuses import STATUS_IDS, WAITING
from payment_engine.mock.render import page

RIGHT_OTP = "000000"
_ASKED = {"COLLECT": "payment request", "PAY": "opened by the shop", "QR": "scanned code"}


def customer_routes() -> Blueprint:
    """A blueprint of its own for each app."""
    routes = Blueprint("juspay-customer", url_prefix="/customer/juspay")
    routes.add_route(show, "/<txn_uuid>", methods=["GET"])
    routes.add_route(act, "/<txn_uuid>", methods=["POST"])
    return routes


async def show(request: Request, txn_uuid: str) -> HTTPResponse:
    """The page that asks, or what became of it."""
    order, txn = juspay_of(request).txns.get(txn_uuid, (None, None))
    if not order or not txn:
        return page("gone.html", request, http_status=404)
    attempt = shown_attempt(order, txn)
    if txn.status not in WAITING:
        words = txn.error_message or "Approved"
        return page("done.html", request, attempt=attempt, words=words)
    template, known = _asking(txn)
    return page(template, request, attempt=attempt, **known)


def _asking(txn: Txn) -> tuple[str, dict[str, Any]]:
    """The page for an attempt, and what it must know besides."""
    if txn.upi:
        return "juspay_upi.html", {"asked": _ASKED.get(txn.flow, "payment request")}
    if txn.card:
        issuer = bin_of(txn.card.isin)
        bank = issuer.bank if issuer else "Mock Bank"
        return "juspay_card.html", {"issuer": bank, "codes": txn.codes_sent}
    missing = max(0, txn.amount - txn.wallet.balance) if txn.wallet else 0
    names = BANKS | WALLETS
    return "juspay_bank.html", {"issuer": names.get(txn.method, txn.method), "missing": missing}


async def act(request: Request, txn_uuid: str) -> HTTPResponse:
    """Do what the customer chose, then send the browser back to the shop, or say it is done.

    ``action`` is ``approve`` (a card also wants ``otp``: 000000, any other is a wrong one),
    ``resend`` (another ``otp`` is sent), ``decline``, ``wrong_pin``, ``expired`` or another reason
    of a decline.
    """
    juspay = juspay_of(request)
    order, txn = juspay.txns.get(txn_uuid, (None, None))
    if not order or not txn:
        return page("gone.html", request, http_status=404)
    form = form_of(request)
    _choose(juspay, order, txn, form.get("action", ""), form.get("otp", ""))
    return redirect(_onward(juspay, order, txn), status=303)


def _choose(juspay: Juspay, order: Order, txn: Txn, action: str, otp: str) -> None:
    if txn.status not in WAITING:
        return
    if action == "resend":
        txn.codes_sent += 1
    elif action == "approve" and txn.method_type == "CARD" and otp.strip() != RIGHT_OTP:
        outcomes.decline(juspay, order, txn, "wrong_otp")
    elif action == "approve":
        outcomes.finish(juspay, order, txn)
    else:
        reason = "customer_cancelled" if action == "decline" else action
        outcomes.decline(juspay, order, txn, reason)


def _onward(juspay: Juspay, order: Order, txn: Txn) -> str:
    """UPI has no way back to the shop; the others bring it signed parameters."""
    return_url = order.fields.get("return_url")
    if txn.upi or not return_url or txn.status in WAITING:
        return f"/customer/juspay/{txn.txn_uuid}"
    return return_to(
        return_url,
        {
            "order_id": order.order_id,
            "status": order.status,
            "status_id": str(STATUS_IDS.get(order.status, "")),
        },
        juspay.config.response_key,
        double_encoded=juspay.config.double_encoded_signature,
    )
