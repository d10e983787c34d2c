"""Who may call Juspay: an API key by HTTP Basic, or a browser with a client token for its own."""

import hmac
import re
from base64 import b64decode
from binascii import Error as NotBase64
from urllib.parse import unquote

from sanic import HTTPResponse, Request

from payment_engine.mock.juspay import errors
from payment_engine.mock.juspay.model import WITHOUT_CUSTOMER
from payment_engine.mock.juspay.state import Juspay, Owner, juspay_of
from payment_engine.mock.juspay.wire import fields_of, is_encrypted

_PUBLIC_PATHS = ("/card/tokenize", "/v2/pay/start", "/v2/pay/finish", "/merchant/")
_CLIENT_TOKEN_PATHS = (
    ("GET", re.compile(r"/orders/[^/]+(/wallets)?|/order/status")),
    ("GET", re.compile(r"/customers/[^/]+(/wallets(/refresh-balances)?)?")),
    ("POST", re.compile(r"/customers/[^/]+/(wallets|payment_methods)")),
    ("GET", re.compile(r"/(cards|card/list|wallets/[^/]+|cardbins/[^/]+|v2/bins/eligibility)")),
    ("GET", re.compile(r"/merchants/[^/]+/paymentmethods")),
    ("POST", re.compile(r"/(card/(delete|update)|wallets/[^/]+|(v2/)?upi/verify-vpa)")),
    ("POST", re.compile(r"/(txns|v1/offers/list)")),
)
"""What a shop's page may call with a client token: nothing that creates an order or a refund."""


async def authenticate(request: Request) -> None:
    """Let a request through or raise Refusal; encrypted ones are identified by their signature."""
    juspay = juspay_of(request)
    config = juspay.config
    named = request.headers.get("x-merchantid") or request.headers.get("x-merchant-id")
    if named and named != config.merchant_id:
        raise errors.access_denied()
    if is_encrypted(request):
        fields_of(request)
        return
    path = request.path.removeprefix("/juspay").rstrip("/")
    if path.startswith(_PUBLIC_PATHS) or _has_client_token(juspay, request, path):
        return
    if path == "/txns" and not _needs_key(fields_of(request)):
        return
    api_key = _api_key(request.headers.get("authorization", ""))
    if not hmac.compare_digest(api_key, config.api_key.encode()):
        raise errors.access_denied()


def _needs_key(txn: dict[str, str]) -> bool:
    """A browser may pay an order that exists; only a server creates one or charges by itself."""
    without_customer = "direct_wallet_token" in txn or txn.get("auth_type") in WITHOUT_CUSTOMER
    return without_customer or any(name.startswith("order.") for name in txn)


async def add_headers(request: Request, response: HTTPResponse) -> None:
    """The headers that every answer of Juspay carries."""
    juspay = juspay_of(request)
    ids = juspay.world.ids
    response.headers["x-request-id"] = request.headers.get("x-request-id") or ids.hexes("")
    response.headers["x-response-id"] = ids.hexes("")
    response.headers["x-jp-merchant-id"] = juspay.config.merchant_id


def _api_key(authorization: str) -> bytes:
    """The user name of HTTP Basic; clients may leave out the colon, and a password is ignored."""
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return b""
    try:
        return b64decode(encoded, validate=True).partition(b":")[0]
    except (NotBase64, ValueError):
        return b""


def _has_client_token(juspay: Juspay, request: Request, path: str) -> bool:
    fields = fields_of(request)
    owner = juspay.client_tokens.find(fields.get("client_auth_token", ""))
    allowed = any(m == request.method and p.fullmatch(path) for m, p in _CLIENT_TOKEN_PATHS)
    return bool(owner and allowed and _owns_all(juspay, request, fields, owner))


def _owns_all(juspay: Juspay, request: Request, fields: dict[str, str], owner: Owner) -> bool:
    """Whether every order, customer, wallet and card that a request names is the owner's."""
    order = juspay.orders.get(owner.order_id)
    customer = juspay.customers.id_of(order.fields.get("customer_id", "")) if order else ""
    named = {name: unquote(str(value)) for name, value in request.match_info.items()}
    wallet = juspay.wallets.find(named.get("wallet_id", ""))
    saved = juspay.cards.tokens.find(fields.get("card_token", ""))
    orders = {each.casefold() for each in (named.get("order_id"), fields.get("order_id")) if each}
    customers = {named.get("customer_id"), fields.get("customer_id")}
    customers |= {wallet.customer_id if wallet else None, saved.customer_id if saved else None}
    return all(_owns_order(juspay, each, owner) for each in orders) and {
        juspay.customers.id_of(each) for each in customers if each
    } <= {owner.customer_id or customer}


def _owns_order(juspay: Juspay, order_id: str, owner: Owner) -> bool:
    """Whether it is the order of an order's token, or one of the customer whose token it is."""
    order = juspay.orders.get(order_id)
    if not owner.customer_id or not order:
        return order_id == owner.order_id
    return juspay.customers.id_of(order.fields.get("customer_id", "")) == owner.customer_id
