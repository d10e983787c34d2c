"""Pages of Paytm's customer: its checkout, the bank's or app's page, and the way back."""

from sanic import Blueprint, HTTPResponse, Request
from sanic.response import redirect

from payment_engine.mock.form import form_of
from payment_engine.mock.paytm import outcomes
from payment_engine.mock.paytm.auth import check_query, order_of_token
from payment_engine.mock.paytm.book import Paytm, paytm_of
from payment_engine.mock.paytm.checkout import MODES, choose, offered
from payment_engine.mock.paytm.imitated import shown_attempt
from payment_engine.mock.paytm.model import PAID, PENDING, Attempt, Order
from payment_engine.mock.paytm.process import callback_url, open_for_payment
from payment_engine.mock.paytm.receipt import bank_name, callback, words
from payment_engine.mock.paytm.results import MESSAGES, Refusal
from payment_engine.mock.render import page

RIGHT_OTP = "000000"
_PAGES = {"UPI": "upi.html", "CARD": "card.html"}


def customer_routes() -> Blueprint:
    """A blueprint of its own for each app."""
    routes = Blueprint("paytm-customer", url_prefix="/customer/paytm")
    routes.add_route(pay, "/checkout", methods=["POST"])
    routes.add_route(show, "/<key>", methods=["GET"])
    routes.add_route(act, "/<key>", methods=["POST"])
    routes.exception(Refusal)(sorry)
    return routes


async def checkout(request: Request) -> HTTPResponse:
    """``showPaymentPage``: opened by a form that carries ``mid``, ``orderId`` and ``txnToken``."""
    try:
        return _checkout(request)
    except Refusal as refusal:
        return sorry(request, refusal)


async def pay(request: Request) -> HTTPResponse:
    """What the customer chose there: ``pay`` goes on to a bank or app, and ``success``, ``fail``,
    ``pending`` and ``cancel`` go straight back to the shop.
    """
    paytm, form = paytm_of(request), form_of(request)
    order = order_of_token(request, form.get("txnToken", ""))
    open_for_payment(order)
    attempt = choose(paytm, order, form, request.path)
    if form.get("action") == "pay":
        return redirect(_path(attempt), status=303)
    return _onward(request, paytm, order, attempt)


async def show(request: Request, key: str) -> HTTPResponse:
    """The page that asks, or what became of it."""
    paytm = paytm_of(request)
    order, attempt = paytm.pages.get(key, (None, None))
    if not order or not attempt:
        return page("gone.html", request, http_status=404)
    if attempt.status != PENDING:
        return _onward(request, paytm, order, attempt)
    template = _PAGES.get(outcomes.instrument(attempt), "bank.html")
    return page(template, request, attempt=shown_attempt(order, attempt), issuer=bank_name(attempt))


async def act(request: Request, key: str) -> HTTPResponse:
    """Do what the customer chose: ``approve`` (a card also wants ``otp``: 000000, any other is a
    wrong one), ``decline``, ``pending``, ``wrong_pin`` or another reason of a decline.

    Without an ``action`` it shows the page: banks' pages are opened by a form.
    """
    paytm, form = paytm_of(request), form_of(request)
    order, attempt = paytm.pages.get(key, (None, None))
    action = form.get("action", "")
    if not order or not attempt or not action:
        return await show(request, key)
    if attempt.status == PENDING:
        _choose(paytm, order, attempt, action, form.get("otp", ""))
    return _onward(request, paytm, order, attempt)


def sorry(request: Request, error: Exception) -> HTTPResponse:
    """The page for what Paytm will not do."""
    if not isinstance(error, Refusal):
        raise error
    return page("paytm_refused.html", request, code=error.code, words=MESSAGES.get(error.code, ""))


def _checkout(request: Request) -> HTTPResponse:
    paytm, form = paytm_of(request), form_of(request)
    token = form.get("txnToken") or str(request.args.get("txnToken") or "")
    order = order_of_token(request, token)
    check_query(request, paytm.config.merchant_id, order.order_id)
    if order.attempt and order.attempt.status == PENDING:
        return redirect(_path(order.attempt), status=303)
    open_for_payment(order)
    modes = {mode: name for mode, name in MODES.items() if mode in offered(order)}
    return page("paytm_checkout.html", request, order=order, modes=modes)


def _choose(paytm: Paytm, order: Order, attempt: Attempt, action: str, otp: str) -> None:
    if action == "approve" and attempt.card and otp.strip() != RIGHT_OTP:
        outcomes.decline(paytm, order, attempt, "wrong_otp")
    elif action == "approve":
        outcomes.finish(paytm, order, attempt)
    elif action != "pending":
        reason = _given_up(attempt) if action == "decline" else action
        outcomes.decline(paytm, order, attempt, reason)


def _given_up(attempt: Attempt) -> str:
    """A refused UPI request is the bank's to report, a page left is Paytm's."""
    if attempt.upi:
        return "declined"
    return "otp_cancelled" if attempt.card else "bank_cancelled"


def _onward(request: Request, paytm: Paytm, order: Order, attempt: Attempt) -> HTTPResponse:
    """Back to the shop by a form that posts itself; an app's customer just stays."""
    url = callback_url(paytm, order)
    if attempt.returns and url:
        fields = callback(paytm, order, attempt)
        return page("paytm_callback.html", request, url=url, fields=fields)
    said = "Approved" if attempt.status == PAID else words(attempt)
    return page("done.html", request, attempt=shown_attempt(order, attempt), words=said)


def _path(attempt: Attempt) -> str:
    return f"/customer/paytm/{attempt.key}"
