"""Opening an order by the signed call that gives its token, changing it, and its status."""

import json
import re
from typing import Any
from urllib.parse import urlsplit

from sanic import HTTPResponse, Request

from payment_engine.mock.form import form_of
from payment_engine.mock.money import paise_of
from payment_engine.mock.paytm.auth import (
    INITIATE_CODES,
    STATUS_CODES,
    check_query,
    session_of,
    signed_message,
)
from payment_engine.mock.paytm.documents import payment_document
from payment_engine.mock.paytm.errors import Refusal, result_info
from payment_engine.mock.paytm.model import Order
from payment_engine.mock.paytm.outcomes import fail_unconfirmed
from payment_engine.mock.paytm.signing import CHECKSUM_FIELD, form_text, verify
from payment_engine.mock.paytm.state import Paytm, paytm_of
from payment_engine.mock.paytm.transactions import schedule_customer
from payment_engine.mock.paytm.wire import answer, answer_flat

ORDER_ID = re.compile(r"[A-Za-z0-9@_.-]{1,50}")
_CUSTOMER_ID = re.compile(r"[A-Za-z0-9@!_$.-]{1,64}")
_SSO_TOKEN = re.compile(r"sso-([6-9]\d{9})")
_MAX_AMOUNT_LENGTH = 10
_FLAT_NAMES = {
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


async def initiate(request: Request) -> HTTPResponse:
    """``POST /theia/api/v1/initiateTransaction`` and ``/order/initiate``."""
    paytm = paytm_of(request)
    message = signed_message(request, INITIATE_CODES)
    body = message.body
    check_query(request, message.field("mid"), message.field("orderId"))
    paise = _checked_paise(paytm, body)
    phone = _sso_phone(body)
    order = paytm.orders.get(message.field("orderId"))
    code = "0000"
    if order is None:
        order = Order(
            message.field("orderId"), paise, body, paytm.new_token(), paytm.new_token_expiry()
        )
        order.phone = phone
        paytm.add_order(order)
        schedule_customer(paytm, order)
    else:
        code = _repeat_code(paytm, order, body)
    return answer(request, _session_document(order, code), signed=True)


async def update(request: Request) -> HTTPResponse:
    """``updateTransactionDetail``: another amount or customer, signed and with the token."""
    paytm = paytm_of(request)
    order, message = session_of(request)
    if not verify(message.text, paytm.key, message.head.get("signature")):
        raise Refusal("F", "2005")
    if order.attempt:
        raise Refusal("F", "1005")
    body = {**order.initiate_body, **message.body}
    order.paise = _amount_paise(paytm, body)
    order.initiate_body = body
    return answer(request, result_info("S", "0000"), signed=True)


async def read_status(request: Request) -> HTTPResponse:
    """``POST /v3/order/status`` and ``/merchant-status/api/v1/getPaymentStatus``."""
    message = signed_message(request, STATUS_CODES)
    body = status_document(paytm_of(request), message.field("orderId"))
    return answer(request, body, signed="txnAmount" in body)


async def read_status_flat(request: Request) -> HTTPResponse:
    """``POST /order/status`` with flat JSON, or ``/merchant-status/getTxnStatus`` with the same
    as ``JsonData``; upper-case keys and no envelope.
    """
    paytm = paytm_of(request)
    fields = _flat_fields(request)
    try:
        body = _flat_document(paytm, fields)
    except Refusal as refusal:
        body = result_info(refusal.status, refusal.code)
    info = body["resultInfo"]
    flat = {upper: str(body[name]) for name, upper in _FLAT_NAMES.items() if name in body}
    result = {
        "STATUS": info["resultStatus"],
        "RESPCODE": info["resultCode"],
        "RESPMSG": info["resultMsg"],
    }
    return answer_flat(request, flat | result)


def _session_document(order: Order, code: str) -> dict[str, Any]:
    return {
        **result_info("S", code),
        "txnToken": order.token,
        "isPromoCodeValid": False,
        "authenticated": bool(order.phone),
    }


def _repeat_code(paytm: Paytm, order: Order, body: dict[str, Any]) -> str:
    """The result code of a repeat, which gets the same token until it expires. Raises Refusal."""
    if order.is_closed:
        raise Refusal("F", "325")
    if order.initiate_body != body:
        raise Refusal("F", "2023")
    if order.token_expiry >= paytm.world.clock.now():
        return "0002"
    if order.attempt:
        raise Refusal("F", "325")
    paytm.renew_token(order)
    return "0000"


def _checked_paise(paytm: Paytm, body: dict[str, Any]) -> int:
    """The paise of a valid initiate call. Raises Refusal."""
    mandatory = ("requestType", "websiteName", "orderId", "txnAmount", "userInfo")
    if any(not body.get(name) for name in mandatory):
        raise Refusal("F", "1007")
    if _has_pipe(body):
        raise Refusal("F", "1008")
    customer = body["userInfo"].get("custId") if isinstance(body["userInfo"], dict) else None
    if not customer:
        raise Refusal("F", "1007")
    if not ORDER_ID.fullmatch(str(body["orderId"])) or body["requestType"] != "Payment":
        raise Refusal("F", "1001")
    if not _CUSTOMER_ID.fullmatch(str(customer)) or not _is_url(body.get("callbackUrl", "")):
        raise Refusal("F", "1001")
    if body["websiteName"] != paytm.config.website:
        raise Refusal("F", "501")
    return _amount_paise(paytm, body)


def _amount_paise(paytm: Paytm, body: dict[str, Any]) -> int:
    amount = body["txnAmount"] if isinstance(body["txnAmount"], dict) else {}
    value = amount.get("value")
    text = value if isinstance(value, str) and len(value) <= _MAX_AMOUNT_LENGTH else ""
    paise = paise_of(text)
    if not paise or amount.get("currency") != "INR":
        raise Refusal("F", "2007")
    if paise > paytm.config.largest_amount:
        raise Refusal("F", "196")
    return paise


def _sso_phone(body: dict[str, Any]) -> str:
    """The phone number of a ``paytmSsoToken``'s wallet; empty without one. Raises Refusal."""
    token = body.get("paytmSsoToken")
    if not token:
        return ""
    if not (found := _SSO_TOKEN.fullmatch(str(token))):
        raise Refusal("F", "2004")
    return found[1]


def _is_url(text: object) -> bool:
    """Whether it is an HTTP URL, or empty: the website's own URL is used then."""
    return text == "" or urlsplit(str(text)).scheme in ("http", "https")


def _has_pipe(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_has_pipe(each) for each in value.values())
    if isinstance(value, list):
        return any(_has_pipe(each) for each in value)
    return isinstance(value, str) and "|" in value


def status_document(paytm: Paytm, order_id: str) -> dict[str, Any]:
    """The body of a status answer. Raises Refusal for an invalid order id."""
    if not ORDER_ID.fullmatch(order_id):
        raise Refusal("TXN_FAILURE", "334")
    order = paytm.orders.get(order_id)
    if order is None or order.attempt is None:
        return result_info("NO_RECORD_FOUND", "331")
    fail_unconfirmed(paytm, order)
    return payment_document(paytm, order, order.attempt)


def _flat_document(paytm: Paytm, fields: dict[str, Any]) -> dict[str, Any]:
    if fields.get("MID") != paytm.config.merchant_id:
        raise Refusal("TXN_FAILURE", "335")
    if not verify(form_text(fields), paytm.key, fields.get(CHECKSUM_FIELD)):
        raise Refusal("TXN_FAILURE", "330")
    return status_document(paytm, str(fields.get("ORDERID", "")))


def _flat_fields(request: Request) -> dict[str, Any]:
    """Flat JSON, or ``JsonData`` in a query, in a form or in JSON."""
    try:
        as_json = request.body.lstrip()[:1] == b"{"
        content = json.loads(request.body) if as_json else form_of(request)
        inner = request.args.get("JsonData") or content.get("JsonData", content)
        content = json.loads(inner) if isinstance(inner, str) else inner
    except (ValueError, RecursionError):
        content = {}
    return content if isinstance(content, dict) else {}
