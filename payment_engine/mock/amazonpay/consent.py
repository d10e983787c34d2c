"""``/ap/oa``: where a customer lets the shop use their wallet."""

from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from sanic import HTTPResponse, Request
from sanic.response import redirect

from payment_engine.mock.amazonpay.book import AmazonPay, amazonpay_of
from payment_engine.mock.amazonpay.wire import Fields, query_of
from payment_engine.mock.form import form_of
from payment_engine.mock.render import page

_DENIED = {"error": "access_denied", "error_description": "The customer did not agree."}


async def show(request: Request) -> HTTPResponse:
    """The page that asks, or says why it cannot."""
    amazonpay, query = amazonpay_of(request), query_of(request)
    if wrong := _wrong(amazonpay, query):
        return page("amazonpay_refused.html", request, http_status=400, words=wrong)
    customers = list(amazonpay.wallets) or ["customer-1"]
    return page("amazonpay_consent.html", request, customers=customers, scope=query["scope"])


async def act(request: Request) -> HTTPResponse:
    """Send the browser back to the shop with a code, or word that there is none.

    ``action`` is ``allow`` or anything else; ``customer`` names whose wallet it is.
    """
    amazonpay, query, form = amazonpay_of(request), query_of(request), form_of(request)
    if wrong := _wrong(amazonpay, query):
        return page("amazonpay_refused.html", request, http_status=400, words=wrong)
    brought = dict(_DENIED)
    if form.get("action") == "allow":
        wallet = amazonpay.wallet(form.get("customer", "").strip() or "customer-1")
        challenge, method = (
            query.get("code_challenge", ""),
            query.get("code_challenge_method", "plain"),
        )
        code = amazonpay.links.consent(wallet, query["redirect_uri"], challenge, method)
        brought = {"code": code, "scope": query["scope"]}
    if "state" in query:
        brought["state"] = query["state"]
    return redirect(_with(query["redirect_uri"], brought), status=303)


def _wrong(amazonpay: AmazonPay, query: Fields) -> str | None:
    """Why this consent may not even be asked for."""
    safe = amazonpay.config.redirect_urls
    uri = query.get("redirect_uri", "")
    if query.get("client_id") != amazonpay.config.client_id:
        return "The application is unknown."
    if not uri or (safe and uri not in safe):
        return "The redirect URI is not safelisted."
    if query.get("response_type") != "code" or not query.get("scope"):
        return "The response type or the scope makes no sense."
    if query.get("code_challenge_method", "S256") not in ("S256", "plain"):
        return "The code challenge method is unknown."
    return None


def _with(url: str, more: Fields) -> str:
    parts = urlsplit(url)
    query = [*parse_qsl(parts.query, keep_blank_values=True), *more.items()]
    return urlunsplit(parts._replace(query=urlencode(query, quote_via=quote)))
