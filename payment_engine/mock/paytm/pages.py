"""The customer's pages: Paytm's checkout, the bank's or app's page, and the return."""

from pathlib import Path

from sanic import Blueprint, HTTPResponse, Request
from sanic.response import redirect

from payment_engine.mock.form import form_of
from payment_engine.mock.paytm import outcomes
from payment_engine.mock.paytm.auth import check_query, order_of_token
from payment_engine.mock.paytm.documents import (
    bank_name,
    callback_fields,
    callback_url,
    result_text,
)
from payment_engine.mock.paytm.errors import MESSAGES, Refusal
from payment_engine.mock.paytm.imitation import attempt_summary
from payment_engine.mock.paytm.model import PAID, PENDING, Attempt, Order
from payment_engine.mock.paytm.state import Paytm, paytm_of
from payment_engine.mock.paytm.transactions import (
    CHECKOUT_MODES,
    RIGHT_OTP,
    check_payable,
    checkout_attempt,
    checkout_modes,
)
from payment_engine.mock.render import page

_TEMPLATES = {"UPI": "upi.html", "CARD": "card.html"}
_JAVASCRIPT = "text/javascript; charset=utf-8"
_CHECKOUT_SCRIPT = Path(__file__).with_name("checkout.js").read_bytes()


def page_routes() -> Blueprint:
    """A blueprint of its own for each app."""
    routes = Blueprint("paytm-customer", url_prefix="/customer/paytm")
    routes.add_route(submit_checkout, "/checkout", methods=["POST"])
    routes.add_route(show_attempt, "/<key>", methods=["GET"])
    routes.add_route(submit_attempt, "/<key>", methods=["POST"])
    routes.exception(Refusal)(refusal_page)
    return routes


async def show_checkout(request: Request) -> HTTPResponse:
    """``showPaymentPage``: opened by a form that carries ``mid``, ``orderId`` and ``txnToken``."""
    try:
        return _checkout_page(request)
    except Refusal as refusal:
        return refusal_page(request, refusal)


async def submit_checkout(request: Request) -> HTTPResponse:
    """Apply the customer's choice: ``pay`` leads to a bank or app; ``success``, ``fail``,
    ``pending`` and ``cancel`` lead straight back to the shop.
    """
    paytm = paytm_of(request)
    form = form_of(request)
    order = order_of_token(request, form.get("txnToken", ""))
    check_payable(order)
    attempt = checkout_attempt(paytm, order, form, request.path)
    if form.get("action") == "pay":
        return redirect(_attempt_path(attempt), status=303)
    return _next_page(request, paytm, order, attempt)


async def show_attempt(request: Request, key: str) -> HTTPResponse:
    """The page that asks for approval, or tells how the attempt ended."""
    paytm = paytm_of(request)
    order, attempt = paytm.pages.get(key, (None, None))
    if not order or not attempt:
        return page("gone.html", request, http_status=404)
    if attempt.status != PENDING:
        return _next_page(request, paytm, order, attempt)
    template = _TEMPLATES.get(attempt.instrument, "bank.html")
    return page(
        template, request, attempt=attempt_summary(order, attempt), issuer=bank_name(attempt)
    )


async def submit_attempt(request: Request, key: str) -> HTTPResponse:
    """Apply the customer's choice: ``approve`` (for a card with ``otp``: 000000 is right, any other
    wrong), ``decline``, ``pending``, ``wrong_pin`` or another reason of DECLINE_CODES.

    Without an ``action`` it shows the page: banks' pages are opened by a form.
    """
    paytm = paytm_of(request)
    form = form_of(request)
    order, attempt = paytm.pages.get(key, (None, None))
    action = form.get("action", "")
    if not order or not attempt or not action:
        return await show_attempt(request, key)
    if attempt.status == PENDING:
        _apply_choice(paytm, order, attempt, action, form.get("otp", ""))
    return _next_page(request, paytm, order, attempt)


def refusal_page(request: Request, error: Exception) -> HTTPResponse:
    """The page that tells why Paytm refuses."""
    if not isinstance(error, Refusal):
        raise error
    return page(
        "paytm_refused.html", request, code=error.code, message=MESSAGES.get(error.code, "")
    )


def _checkout_page(request: Request) -> HTTPResponse:
    paytm = paytm_of(request)
    form = form_of(request)
    token = form.get("txnToken") or str(request.args.get("txnToken") or "")
    order = order_of_token(request, token)
    check_query(request, paytm.config.merchant_id, order.order_id)
    if order.attempt and order.attempt.status == PENDING:
        return redirect(_attempt_path(order.attempt), status=303)
    check_payable(order)
    modes = {mode: name for mode, name in CHECKOUT_MODES.items() if mode in checkout_modes(order)}
    return page("paytm_checkout.html", request, order=order, modes=modes)


def _apply_choice(paytm: Paytm, order: Order, attempt: Attempt, action: str, otp: str) -> None:
    if action == "approve" and attempt.card and otp.strip() != RIGHT_OTP:
        outcomes.decline(paytm, order, attempt, "wrong_otp")
    elif action == "approve":
        outcomes.complete(paytm, order, attempt)
    elif action != "pending":
        reason = _decline_reason(attempt) if action == "decline" else action
        outcomes.decline(paytm, order, attempt, reason)


def _decline_reason(attempt: Attempt) -> str:
    """The reason of a decline: by the bank for UPI, by leaving the page for the others."""
    if attempt.upi:
        return "declined"
    return "otp_cancelled" if attempt.card else "bank_cancelled"


def _next_page(request: Request, paytm: Paytm, order: Order, attempt: Attempt) -> HTTPResponse:
    """A form that posts itself to the shop; a UPI app's customer stays here."""
    url = callback_url(paytm, order)
    if attempt.returns_to_shop and url:
        fields = callback_fields(paytm, order, attempt)
        return page("paytm_callback.html", request, url=url, fields=fields)
    message = "Approved" if attempt.status == PAID else result_text(attempt)
    return page("done.html", request, attempt=attempt_summary(order, attempt), message=message)


def _attempt_path(attempt: Attempt) -> str:
    return f"/customer/paytm/{attempt.page_key}"


async def checkout_script(request: Request, file: str) -> HTTPResponse:
    """``merchantpgpui/checkoutjs/merchants/{MID}.js``; 404 for another merchant's."""
    if file != f"{paytm_of(request).config.merchant_id}.js":
        return HTTPResponse(b"", 404, content_type=_JAVASCRIPT)
    return HTTPResponse(_CHECKOUT_SCRIPT, content_type=_JAVASCRIPT)
