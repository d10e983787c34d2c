"""What became of a payment, asked in four ways: the signed call and its older twins."""

import json
from typing import Any

from sanic import HTTPResponse, Request

from payment_engine.mock.form import form_of
from payment_engine.mock.money import rupees_text
from payment_engine.mock.paytm.auth import STATUS, signed
from payment_engine.mock.paytm.book import Paytm, moment, paytm_of
from payment_engine.mock.paytm.checksum import FIELD, joined, verify
from payment_engine.mock.paytm.initiate import ORDER_ID
from payment_engine.mock.paytm.model import Attempt, Order
from payment_engine.mock.paytm.outcomes import give_up
from payment_engine.mock.paytm.receipt import bank_name, gateway_name, payment_mode, words
from payment_engine.mock.paytm.results import Refusal, result
from payment_engine.mock.paytm.wire import say, say_flat

_FLAT = {
    "txnId": "TXNID",
    "bankTxnId": "BANKTXNID",
    "orderId": "ORDERID",
    "txnAmount": "TXNAMOUNT",
    "txnType": "TXNTYPE",
    "gatewayName": "GATEWAYNAME",
    "bankName": "BANKNAME",
    "mid": "MID",
    "paymentMode": "PAYMENTMODE",
    "refundAmt": "REFUNDAMT",
    "txnDate": "TXNDATE",
}


async def status(request: Request) -> HTTPResponse:
    """``POST /v3/order/status`` and ``/merchant-status/api/v1/getPaymentStatus``."""
    message = signed(request, STATUS)
    body = told(paytm_of(request), message.field("orderId"))
    return say(request, body, signed="txnAmount" in body)


async def status_flat(request: Request) -> HTTPResponse:
    """``POST /order/status`` with flat JSON, or ``/merchant-status/getTxnStatus`` with the same
    as ``JsonData``; upper-case keys and no envelope.
    """
    paytm, fields = paytm_of(request), _fields(request)
    try:
        body = _told_flat(paytm, fields)
    except Refusal as refusal:
        body = result(refusal.status, refusal.code)
    info = body["resultInfo"]
    flat = {upper: str(body[name]) for name, upper in _FLAT.items() if name in body}
    said = {"STATUS": info["resultStatus"], "RESPCODE": info["resultCode"]}
    return say_flat(request, flat | said | {"RESPMSG": info["resultMsg"]})


def told(paytm: Paytm, order_id: str) -> dict[str, Any]:
    """The body of a status answer. Raises Refusal for an id that cannot be one."""
    if not ORDER_ID.fullmatch(order_id):
        raise Refusal("TXN_FAILURE", "334")
    order = paytm.orders.get(order_id)
    if order is None or order.attempt is None:
        return result("NO_RECORD_FOUND", "331")
    give_up(paytm, order)
    return shown(paytm, order, order.attempt)


def shown(paytm: Paytm, order: Order, attempt: Attempt) -> dict[str, Any]:
    """A payment as a status call tells it."""
    fields = {
        "txnId": attempt.txn_id,
        "bankTxnId": attempt.bank_txn_id,
        "orderId": order.order_id,
        "txnAmount": rupees_text(attempt.paise),
        "txnType": "SALE",
        "gatewayName": gateway_name(attempt),
        "bankName": bank_name(attempt),
        "mid": paytm.config.merchant_id,
        "paymentMode": payment_mode(attempt),
        "refundAmt": rupees_text(order.refunded),
        "txnDate": moment(attempt.done or attempt.created),
    }
    info = result(attempt.status, attempt.code, words(attempt))
    return info | {name: value for name, value in fields.items() if value}


def _told_flat(paytm: Paytm, fields: dict[str, Any]) -> dict[str, Any]:
    if fields.get("MID") != paytm.config.merchant_id:
        raise Refusal("TXN_FAILURE", "335")
    if not verify(joined(fields), paytm.key, fields.get(FIELD)):
        raise Refusal("TXN_FAILURE", "330")
    return told(paytm, str(fields.get("ORDERID", "")))


def _fields(request: Request) -> dict[str, Any]:
    """Flat JSON, or ``JsonData`` in a query, in a form or in JSON."""
    try:
        as_json = request.body.lstrip()[:1] == b"{"
        content = json.loads(request.body) if as_json else form_of(request)
        inner = request.args.get("JsonData") or content.get("JsonData", content)
        content = json.loads(inner) if isinstance(inner, str) else inner
    except (ValueError, RecursionError):
        content = {}
    return content if isinstance(content, dict) else {}
