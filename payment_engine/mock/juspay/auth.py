"""Who may call Juspay: an API key by HTTP Basic, or a client token for one order's status."""

import hmac
from base64 import b64decode
from binascii import Error as NotBase64

from sanic import HTTPResponse, Request

from payment_engine.mock.juspay import errors
from payment_engine.mock.juspay.book import Juspay, juspay_of

_OPEN = ("/txns", "/card/tokenize", "/v2/pay/start")


async def admit(request: Request) -> None:
    """Let a request through, or raise the 401."""
    juspay = juspay_of(request)
    config = juspay.config
    named = request.headers.get("x-merchantid") or request.headers.get("x-merchant-id")
    if named and named != config.merchant_id:
        raise errors.access_denied()
    path = request.path.removeprefix("/juspay").rstrip("/")
    if path.startswith(_OPEN) or _holds_client_token(juspay, request):
        return
    given = _key(request.headers.get("authorization", ""))
    if not hmac.compare_digest(given, config.api_key.encode()):
        raise errors.access_denied()


async def sign_answer(request: Request, response: HTTPResponse) -> None:
    """The headers that every answer of Juspay carries."""
    juspay = juspay_of(request)
    ids = juspay.world.ids
    response.headers["x-request-id"] = request.headers.get("x-request-id") or ids.hexes("")
    response.headers["x-response-id"] = ids.hexes("")
    response.headers["x-jp-merchant-id"] = juspay.config.merchant_id


def _key(authorization: str) -> bytes:
    """The user of HTTP Basic; some clients leave out the colon, and a password is ignored."""
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return b""
    try:
        return b64decode(encoded, validate=True).partition(b":")[0]
    except (NotBase64, ValueError):
        return b""


def _holds_client_token(juspay: Juspay, request: Request) -> bool:
    token = request.args.get("client_auth_token")
    order = juspay.orders.get(str(request.match_info.get("order_id", "")).casefold())
    if not (token and order and order.client_token_expiry and request.method == "GET"):
        return False
    fresh = juspay.world.clock.now() < order.client_token_expiry
    return fresh and token == order.client_token
