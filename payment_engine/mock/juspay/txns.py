"""``POST /txns``: every call is a new attempt, by card, UPI, bank or wallet."""

from typing import Any

from sanic import HTTPResponse, Request
from sanic.response import redirect

from payment_engine.mock.juspay import errors
from payment_engine.mock.juspay.book import Juspay, juspay_of
from payment_engine.mock.juspay.model import Order, Txn
from payment_engine.mock.juspay.orders import open_order
from payment_engine.mock.juspay.outcomes import begin
from payment_engine.mock.juspay.presented import present_card
from payment_engine.mock.juspay.purse import Wallet
from payment_engine.mock.juspay.statuses import HELD, TAKEN
from payment_engine.mock.juspay.wire import answer, fields_of, truthy
from payment_engine.mock.money import rupees_text

MOST_ATTEMPTS = 25
_REDIRECTED = ("NB", "WALLET", "CONSUMER_FINANCE", "PAYLATER")
_UPI_FLOWS = {"UPI_COLLECT": "COLLECT", "UPI_PAY": "PAY", "UPI_QR": "QR"}


async def start(request: Request) -> HTTPResponse:
    """Start an attempt; needs no API key. Without ``format`` the answer is a redirect."""
    juspay, fields = juspay_of(request), fields_of(request)
    if not fields.get("merchant_id"):
        raise errors.old("ERROR", "Bad request.", "merchant_id is missing.")
    if fields["merchant_id"] != juspay.config.merchant_id:
        raise errors.access_denied()
    order = _order(juspay, fields)
    txn = attempt(juspay, order, fields, request.path)
    if "format" not in fields:
        return redirect(start_url(juspay, txn))
    return answer(_started(juspay, order, txn, fields))


def attempt(juspay: Juspay, order: Order, fields: dict[str, str], path: str) -> Txn:
    """Begin a new attempt. Raises Refusal."""
    _check_open(order)
    txn = _attempt(juspay, order, fields)
    juspay.attempt(order, txn)
    begin(juspay, order, txn, path)
    return txn


def start_url(juspay: Juspay, txn: Txn) -> str:
    """Where the customer's browser authenticates."""
    return f"{juspay.host}/v2/pay/start/{juspay.config.merchant_id}/{txn.txn_uuid}"


def _order(juspay: Juspay, fields: dict[str, str]) -> Order:
    """The order to pay, made here when the call carries it as ``order.*``."""
    if "order.order_id" not in fields and "order.amount" not in fields:
        return juspay.order(fields.get("order_id", ""))
    of_order = {n.removeprefix("order."): v for n, v in fields.items() if n.startswith("order.")}
    order_id = of_order.get("order_id", "")
    if order_id.casefold() in juspay.orders:
        raise errors.duplicate_combined(order_id)
    return open_order(juspay, of_order)


def _check_open(order: Order) -> None:
    if order.status in TAKEN | HELD:
        raise errors.not_now("Order is already paid.")
    if len(order.txns) >= MOST_ATTEMPTS:
        raise errors.not_now(f"Order has had {MOST_ATTEMPTS} attempts.")


def _attempt(juspay: Juspay, order: Order, fields: dict[str, str]) -> Txn:
    method_type, method, flow = _method(fields)
    if flow == "COLLECT" and "@" not in fields.get("upi_vpa", ""):
        raise errors.invalid("upi_vpa")
    world = juspay.world
    txn = Txn(
        txn_id=f"{juspay.config.merchant_id}-{order.order_id}-{len(order.txns) + 1}",
        txn_uuid=world.ids.hexes("eul", 17),
        amount=order.amount,
        created=world.clock.stamp(),
        method_type=method_type,
        method=method,
        flow=flow,
        payer_vpa=fields.get("upi_vpa", "") if flow == "COLLECT" else "",
    )
    if method_type == "CARD":
        present_card(juspay, txn, fields)
    if token := fields.get("direct_wallet_token"):
        txn.wallet = _linked(juspay, token, txn)
    return txn


def _linked(juspay: Juspay, token: str, txn: Txn) -> Wallet:
    """The wallet that a token debits, once. Raises Refusal."""
    wallet = juspay.purses.tokens.take(token)
    if not wallet or not wallet.linked or wallet.name != txn.method:
        raise errors.invalid("direct_wallet_token")
    return wallet


def _method(fields: dict[str, str]) -> tuple[str, str, str]:
    """Type, method and UPI flow. Raises Refusal where no gateway takes it."""
    method = fields.get("payment_method", "")
    method_type = fields.get("payment_method_type", "")
    if not method_type and ("card_number" in fields or "card_token" in fields):
        method_type = "CARD"
    if method_type == "UPI":
        flow = _UPI_FLOWS.get(method) or _UPI_FLOWS.get(fields.get("txn_type", ""))
        if not flow:
            raise errors.no_gateway()
        return method_type, "UPI", flow
    if method_type == "CARD" or (method_type in _REDIRECTED and method):
        return method_type, method, ""
    raise errors.no_gateway()


def _started(juspay: Juspay, order: Order, txn: Txn, fields: dict[str, str]) -> dict[str, Any]:
    payment: dict[str, Any] = {
        "authentication": {"method": "GET", "url": start_url(juspay, txn)},
    }
    if txn.upi and txn.flow != "COLLECT" and truthy(fields.get("sdk_params")):
        payment["sdk_params"] = _sdk_params(juspay, txn)
    return {
        "order_id": order.order_id,
        "txn_id": txn.txn_id,
        "txn_uuid": txn.txn_uuid,
        "status": txn.status,
        "payment": payment,
        "offer_details": {"offers": []},
    }


def _sdk_params(juspay: Juspay, txn: Txn) -> dict[str, str]:
    return {
        "tr": juspay.world.ids.digits(18),
        "tid": juspay.world.ids.hexes("MCK", 32),
        "merchant_vpa": f"{juspay.config.merchant_id}@mockbank",
        "merchant_name": juspay.world.config.merchant_name,
        "mcc": "5912",
        "amount": rupees_text(txn.amount),
    }
