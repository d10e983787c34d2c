"""Pages where customers pay or cancel a charge, link a wallet, and change its balance."""

from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

from sanic import Blueprint, HTTPResponse, Request
from sanic.response import redirect

from payment_engine.mock.amazonpay import outcomes, webhooks
from payment_engine.mock.amazonpay.imitation import attempt_summary
from payment_engine.mock.amazonpay.model import PENDING, Charge
from payment_engine.mock.amazonpay.signing import signed_return_url
from payment_engine.mock.amazonpay.state import AmazonPay, amazonpay_of
from payment_engine.mock.amazonpay.wire import Fields, query_of
from payment_engine.mock.form import form_of
from payment_engine.mock.money import paise_of, rupees_text
from payment_engine.mock.render import page

_REASONS = {"cancel": "customer_cancelled", "decline": "customer_cancelled", "expire": "expired"}
_DENIED = {"error": "access_denied", "error_description": "The customer did not agree."}


def page_routes() -> list[Blueprint]:
    """The customer's pages, and public paths of the API; blueprints of their own for each app."""
    pages = Blueprint("amazonpay-customer", url_prefix="/customer/amazonpay")
    pages.add_route(show_charge, "/<token>", methods=["GET"])
    pages.add_route(submit_charge, "/<token>", methods=["POST"])
    pages.add_route(show_wallet, "/wallets/<customer>", methods=["GET"])
    pages.add_route(submit_wallet, "/wallets/<customer>", methods=["POST"])
    public = Blueprint("amazonpay-open", url_prefix="/amazonpay")
    public.add_route(follow_payment_url, "/pay", methods=["GET"])
    public.add_route(show_consent, "/ap/oa", methods=["GET"], name="consent")
    public.add_route(submit_consent, "/ap/oa", methods=["POST"], name="consented")
    public.add_route(webhooks.confirm_subscription, "/", methods=["GET"])
    public.add_route(webhooks.serve_authority, "/authority.pem", methods=["GET"])
    pem = r"/<name:SimpleNotificationService-[0-9a-f]+\.pem>"
    public.add_route(webhooks.serve_certificate, pem, methods=["GET"])
    return [pages, public]


async def follow_payment_url(request: Request) -> HTTPResponse:
    """Where ``amazonPayUrl`` leads: a redirect to the customer's page."""
    return redirect(f"/customer/amazonpay/{query_of(request).get('token', '-')}", status=303)


async def show_charge(request: Request, token: str) -> HTTPResponse:
    """The page that asks for approval, or tells how the charge ended."""
    charge = amazonpay_of(request).pages.get(token)
    if not charge:
        return page("gone.html", request, http_status=404)
    attempt = attempt_summary(charge)
    if charge.status not in PENDING:
        return page("done.html", request, attempt=attempt, message=charge.reason[1])
    missing = max(0, charge.paise - charge.wallet.balance)
    return page(
        "amazonpay_pay.html", request, attempt=attempt, wallet=charge.wallet, missing=missing
    )


async def submit_charge(request: Request, token: str) -> HTTPResponse:
    """Apply the customer's choice, then send the browser back to the shop.

    ``action`` is ``pay`` (or ``approve``), ``cancel``, ``expire``, another reason of FAILURES, or
    ``pay_and_leave``: paid, but the browser does not return.
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
    if action == "pay_and_leave":
        return redirect(f"/customer/amazonpay/{token}", status=303)
    return redirect(_return_url(amazonpay, charge), status=303)


async def show_wallet(request: Request, customer: str) -> HTTPResponse:
    """A customer's balance."""
    wallet = amazonpay_of(request).wallet(unquote(customer))
    return page("amazonpay_wallet.html", request, wallet=wallet, text=rupees_text(wallet.balance))


async def submit_wallet(request: Request, customer: str) -> HTTPResponse:
    """``action`` ``balance`` sets ``balance`` (rupees); ``unlink`` revokes every consent."""
    amazonpay = amazonpay_of(request)
    form = form_of(request)
    customer = unquote(customer)
    paise = paise_of(form.get("balance", ""))
    if form.get("action") == "unlink":
        amazonpay.links.revoke(customer)
    elif paise is not None:
        amazonpay.wallet(customer).balance = paise
    return redirect(request.path, status=303)


def _return_url(amazonpay: AmazonPay, charge: Charge) -> str:
    """The shop's URL with the outcome of the charge, signed."""
    unpaid_status = "PENDING" if charge.status in PENDING else "FAILURE"
    code, description = charge.reason
    params = {
        "status": "SUCCESS" if charge.is_paid else unpaid_status,
        "reasonCode": code,
        "description": description,
        "sellerOrderId": charge.charge_id,
        "transactionId": charge.amazon_charge_id,
        "orderTotalAmount": rupees_text(charge.paise),
        "orderTotalCurrencyCode": "INR",
        "transactionDate": str(int(charge.created.timestamp())),
    }
    return signed_return_url(charge.callback_url, params, amazonpay.config.return_keys)


async def show_consent(request: Request) -> HTTPResponse:
    """``/ap/oa``: the page that asks for consent, or tells why it is refused."""
    amazonpay = amazonpay_of(request)
    query = query_of(request)
    if refusal := _refusal_message(amazonpay, query):
        return page("amazonpay_refused.html", request, http_status=400, message=refusal)
    customers = list(amazonpay.wallets) or ["customer-1"]
    return page("amazonpay_consent.html", request, customers=customers, scope=query["scope"])


async def submit_consent(request: Request) -> HTTPResponse:
    """Send the browser back to the shop with a code, or with an error.

    ``action`` is ``allow`` or anything else; ``customer`` names the wallet's owner.
    """
    amazonpay = amazonpay_of(request)
    query = query_of(request)
    form = form_of(request)
    if refusal := _refusal_message(amazonpay, query):
        return page("amazonpay_refused.html", request, http_status=400, message=refusal)
    params = dict(_DENIED)
    if form.get("action") == "allow":
        wallet = amazonpay.wallet(form.get("customer", "").strip() or "customer-1")
        challenge = query.get("code_challenge", "")
        method = query.get("code_challenge_method", "plain")
        code = amazonpay.links.issue_code(wallet, query["redirect_uri"], challenge, method)
        params = {"code": code, "scope": query["scope"]}
    if "state" in query:
        params["state"] = query["state"]
    return redirect(_with_query(query["redirect_uri"], params), status=303)


def _refusal_message(amazonpay: AmazonPay, query: Fields) -> str | None:
    """Why this consent is refused; None if it is not."""
    safelist = amazonpay.config.redirect_urls
    uri = query.get("redirect_uri", "")
    if query.get("client_id") != amazonpay.config.client_id:
        return "The application is unknown."
    if not uri or (safelist and uri not in safelist):
        return "The redirect URI is not safelisted."
    if query.get("response_type") != "code" or not query.get("scope"):
        return "The response type or the scope makes no sense."
    if query.get("code_challenge_method", "S256") not in ("S256", "plain"):
        return "The code challenge method is unknown."
    return None


def _with_query(url: str, more: Fields) -> str:
    parts = urlsplit(url)
    query = [*parse_qsl(parts.query, keep_blank_values=True), *more.items()]
    return urlunsplit(parts._replace(query=urlencode(query, quote_via=quote)))
