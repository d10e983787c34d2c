"""The customer's side: what waits for them, and pages to approve or decline it."""

from itertools import islice

from sanic import Blueprint, HTTPResponse, Request
from sanic.response import redirect

from payment_engine.mock.form import form_of
from payment_engine.mock.juspay import outcomes
from payment_engine.mock.juspay.book import Juspay
from payment_engine.mock.juspay.model import Order, Txn
from payment_engine.mock.juspay.signature import return_to
from payment_engine.mock.juspay.statuses import STATUS_IDS, WAITING
from payment_engine.mock.render import page
from payment_engine.mock.state import mock_of

RIGHT_OTP = "000000"
_SHOWN = 50


def page_routes() -> Blueprint:
    """A blueprint of its own for each app."""
    routes = Blueprint("pages")
    routes.add_route(index, "/", methods=["GET", "HEAD"])
    routes.add_route(show, "/customer/juspay/<txn_uuid>", methods=["GET"])
    routes.add_route(act, "/customer/juspay/<txn_uuid>", methods=["POST"])
    return routes


async def index(request: Request) -> HTTPResponse:
    """What waits for its customer, newest first, and what was settled last."""
    mock = mock_of(request)
    pairs = list(islice(reversed(mock.juspay.txns.values()), _SHOWN * 4))
    waiting = [(order, txn) for order, txn in pairs if txn.status in WAITING]
    settled = [(order, txn) for order, txn in pairs if txn.status not in WAITING]
    return page("index.html", request, waiting=waiting[:_SHOWN], settled=settled[:10])


async def show(request: Request, txn_uuid: str) -> HTTPResponse:
    """The page that asks, or what became of it."""
    order, txn = mock_of(request).juspay.txns.get(txn_uuid, (None, None))
    if not order or not txn:
        return page("gone.html", request, http_status=404)
    template = "done.html" if txn.status not in WAITING else _template(txn)
    return page(template, request, order=order, txn=txn)


async def act(request: Request, txn_uuid: str) -> HTTPResponse:
    """Do what the customer chose, then send the browser back to the shop, or say it is done.

    ``action`` is ``approve`` (a card also wants ``otp``: 000000, any other is a wrong one),
    ``decline``, ``wrong_pin`` or another reason of a decline.
    """
    juspay = mock_of(request).juspay
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
    config = juspay.world.config
    return return_to(
        return_url,
        {
            "order_id": order.order_id,
            "status": order.status,
            "status_id": str(STATUS_IDS.get(order.status, "")),
        },
        config.juspay_response_key,
        double_encoded=config.juspay_double_encoded_signature,
    )


def _template(txn: Txn) -> str:
    return {"UPI": "upi.html", "CARD": "card.html"}.get(txn.method_type, "bank.html")
