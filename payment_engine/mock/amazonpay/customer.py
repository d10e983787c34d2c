"""Pages where customers pay, cancel or let a charge lapse, and where they look after a wallet."""

from urllib.parse import unquote

from sanic import Blueprint, HTTPResponse, Request
from sanic.response import redirect

from payment_engine.mock.amazonpay import consent, outcomes, subscription
from payment_engine.mock.amazonpay.book import AmazonPay, amazonpay_of
from payment_engine.mock.amazonpay.imitated import shown_attempt
from payment_engine.mock.amazonpay.model import PENDING, Charge
from payment_engine.mock.amazonpay.returning import return_to
from payment_engine.mock.amazonpay.wire import query_of
from payment_engine.mock.form import form_of
from payment_engine.mock.money import paise_of, rupees_text
from payment_engine.mock.render import page

_REASONS = {"cancel": "customer_cancelled", "decline": "customer_cancelled", "expire": "expired"}


def customer_routes() -> list[Blueprint]:
    """Pages under both prefixes, and the files of SNS; blueprints of their own for each app."""
    pages = Blueprint("amazonpay-customer", url_prefix="/customer/amazonpay")
    pages.add_route(show, "/<token>", methods=["GET"])
    pages.add_route(act, "/<token>", methods=["POST"])
    pages.add_route(show_wallet, "/wallets/<customer>", methods=["GET"])
    pages.add_route(change_wallet, "/wallets/<customer>", methods=["POST"])
    open_to_all = Blueprint("amazonpay-open", url_prefix="/amazonpay")
    open_to_all.add_route(pay, "/pay", methods=["GET"])
    open_to_all.add_route(consent.show, "/ap/oa", methods=["GET"], name="consent")
    open_to_all.add_route(consent.act, "/ap/oa", methods=["POST"], name="consented")
    open_to_all.add_route(subscription.confirm, "/", methods=["GET"])
    open_to_all.add_route(subscription.root, "/authority.pem", methods=["GET"])
    pem = r"/<name:SimpleNotificationService-[0-9a-f]+\.pem>"
    open_to_all.add_route(subscription.certificate, pem, methods=["GET"])
    return [pages, open_to_all]


async def pay(request: Request) -> HTTPResponse:
    """Where ``amazonPayUrl`` leads: on to the customer's page."""
    return redirect(f"/customer/amazonpay/{query_of(request).get('token', '-')}", status=303)


async def show(request: Request, token: str) -> HTTPResponse:
    """The page that asks, or what became of it."""
    charge = amazonpay_of(request).pages.get(token)
    if not charge:
        return page("gone.html", request, http_status=404)
    attempt = shown_attempt(charge)
    if charge.status not in PENDING:
        return page("done.html", request, attempt=attempt, words=charge.reason[1])
    missing = max(0, charge.paise - charge.wallet.balance)
    return page(
        "amazonpay_pay.html", request, attempt=attempt, wallet=charge.wallet, missing=missing
    )


async def act(request: Request, token: str) -> HTTPResponse:
    """Do what the customer chose, then send the browser back to the shop.

    ``action`` is ``pay`` (or ``approve``), ``cancel``, ``expire``, another reason of a decline,
    or ``pay_and_leave``: they paid, and the browser never comes back.
    """
    amazonpay = amazonpay_of(request)
    charge = amazonpay.pages.get(token)
    if not charge:
        return page("gone.html", request, http_status=404)
    action = form_of(request).get("action", "")
    if action in ("pay", "approve", "pay_and_leave"):
        outcomes.approve(amazonpay, charge)
    else:
        outcomes.decline(amazonpay, charge, _REASONS.get(action, action))
    left = action == "pay_and_leave"
    return redirect(f"/customer/amazonpay/{token}" if left else back(amazonpay, charge), status=303)


async def show_wallet(request: Request, customer: str) -> HTTPResponse:
    """A customer's balance."""
    wallet = amazonpay_of(request).wallet(unquote(customer))
    return page("amazonpay_wallet.html", request, wallet=wallet, text=rupees_text(wallet.balance))


async def change_wallet(request: Request, customer: str) -> HTTPResponse:
    """``action`` ``balance`` sets ``balance`` (rupees); ``unlink`` takes every consent back."""
    amazonpay, form, customer = amazonpay_of(request), form_of(request), unquote(customer)
    paise = paise_of(form.get("balance", ""))
    if form.get("action") == "unlink":
        amazonpay.links.revoke(customer)
    elif paise is not None:
        amazonpay.wallet(customer).balance = paise
    return redirect(request.path, status=303)


def back(amazonpay: AmazonPay, charge: Charge) -> str:
    """The shop's address with what the browser says of the charge, signed."""
    failed = "PENDING" if charge.status in PENDING else "FAILURE"
    code, words = charge.reason
    said = {
        "status": "SUCCESS" if charge.paid else failed,
        "reasonCode": code,
        "description": words,
        "sellerOrderId": charge.charge_id,
        "transactionId": charge.amazon_charge_id,
        "orderTotalAmount": rupees_text(charge.paise),
        "orderTotalCurrencyCode": "INR",
        "transactionDate": str(int(charge.created.timestamp())),
    }
    return return_to(charge.callback_url, said, amazonpay.config.return_keys)
