"""Who may call: a checksum over the body's own text, or the token of an order's session."""

from dataclasses import dataclass

from sanic import Request

from payment_engine.mock.paytm.errors import Refusal, Status
from payment_engine.mock.paytm.model import Order
from payment_engine.mock.paytm.signing import verify
from payment_engine.mock.paytm.state import paytm_of
from payment_engine.mock.paytm.wire import Malformed, Message, read_message


@dataclass(frozen=True)
class RefusalCodes:
    """The status and result codes with which a family of calls refuses."""

    status: Status
    malformed: str
    missing: str
    checksum: str
    mid: str


INITIATE_CODES = RefusalCodes("F", malformed="1001", missing="1007", checksum="2005", mid="2005")
STATUS_CODES = RefusalCodes("TXN_FAILURE", malformed="00", missing="00", checksum="330", mid="335")
REFUND_CODES = RefusalCodes(
    "TXN_FAILURE", malformed="600", missing="600", checksum="330", mid="335"
)


def message_of(request: Request, codes: RefusalCodes = INITIATE_CODES) -> Message:
    """Head and body of a request. Raises Refusal."""
    try:
        return read_message(request)
    except Malformed:
        raise Refusal(codes.status, codes.malformed) from None


def signed_message(request: Request, codes: RefusalCodes) -> Message:
    """A request whose head signs its body. Raises Refusal."""
    paytm = paytm_of(request)
    message = message_of(request, codes)
    if not message.field("mid"):
        raise Refusal(codes.status, codes.missing)
    if message.field("mid") != paytm.config.merchant_id:
        raise Refusal(codes.status, codes.mid)
    if not verify(message.text, paytm.key, message.head.get("signature")):
        raise Refusal(codes.status, codes.checksum)
    return message


def check_query(request: Request, mid: str, order_id: str) -> None:
    """Raises Refusal unless the query names this merchant and order."""
    if not request.args.get("mid") or not request.args.get("orderId"):
        raise Refusal("F", "1007")
    if request.args.get("mid") != mid:
        raise Refusal("F", "2013")
    if request.args.get("orderId") != order_id:
        raise Refusal("F", "2014")


def session_of(request: Request) -> tuple[Order, Message]:
    """The order whose token the head carries, by any of its names. Raises Refusal."""
    message = message_of(request)
    head = message.head
    typed_token = head.get("token") if head.get("tokenType") == "TXN_TOKEN" else None
    order = order_of_token(request, str(head.get("txnToken") or typed_token or ""))
    check_query(request, paytm_of(request).config.merchant_id, order.order_id)
    if message.body.get("mid", request.args.get("mid")) != request.args.get("mid"):
        raise Refusal("F", "2013")
    if message.body.get("orderId", order.order_id) != order.order_id:
        raise Refusal("F", "2014")
    return order, message


def session_or_access(request: Request) -> tuple[Order | None, Message]:
    """As ``session_of``; or by an access token and ``referenceId``, before there is an order."""
    message = message_of(request)
    if message.head.get("tokenType") != "ACCESS":
        return session_of(request)
    paytm = paytm_of(request)
    token = str(message.head.get("token") or "")
    expiry = paytm.access_tokens.get(f"{request.args.get('referenceId')} {token}")
    if request.args.get("mid") != paytm.config.merchant_id:
        raise Refusal("F", "2013")
    if expiry is None or expiry < paytm.world.clock.now():
        raise Refusal("F", "1006")
    return None, message


def order_of_token(request: Request, token: str) -> Order:
    """The order of a token that has not expired. Raises Refusal."""
    paytm = paytm_of(request)
    order = paytm.tokens.get(token)
    if order is None or order.token_expiry < paytm.world.clock.now():
        raise Refusal("F", "1006")
    return order
