"""Pages where the customer of an attempt approves or declines it."""

from sanic import Blueprint, HTTPResponse, Request
from sanic.response import redirect

from payment_engine.mock.form import form_of
from payment_engine.mock.juspay import outcomes
from payment_engine.mock.juspay.book import Juspay, juspay_of
from payment_engine.mock.juspay.imitated import shown_attempt
from payment_engine.mock.juspay.model import Order, Txn
from payment_engine.mock.juspay.signature import return_to
from payment_engine.mock.juspay.statuses import STATUS_IDS, WAITING
from payment_engine.mock.render import page

RIGHT_OTP = "000000"
_PAGES = {"UPI": "upi.html", "CARD": "card.html"}
_ISSUERS = {"NB": "Mock Bank", "WALLET": "Mock Wallet"}


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
    template, issuer = _PAGES.get(txn.method_type, "bank.html"), _ISSUERS.get(txn.method_type, "")
    return page(template, request, attempt=attempt, issuer=issuer)


async def act(request: Request, txn_uuid: str) -> HTTPResponse:
    """Do what the customer chose, then send the browser back to the shop, or say it is done.

    ``action`` is ``approve`` (a card also wants ``otp``: 000000, any other is a wrong one),
    ``decline``, ``wrong_pin`` or another reason of a decline.
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
    if action == "approve" and txn.method_type == "CARD" and otp.strip() != RIGHT_OTP:
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
