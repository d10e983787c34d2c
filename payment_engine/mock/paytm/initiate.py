"""Opening an order: the signed call that gives its token, and the one that changes it."""

import re
from typing import Any
from urllib.parse import urlsplit

from sanic import HTTPResponse, Request

from payment_engine.mock.money import paise_of
from payment_engine.mock.paytm.auth import INITIATE, check_query, session, signed
from payment_engine.mock.paytm.book import Paytm, paytm_of
from payment_engine.mock.paytm.checkout import await_customer
from payment_engine.mock.paytm.checksum import verify
from payment_engine.mock.paytm.model import Order
from payment_engine.mock.paytm.results import Refusal, result
from payment_engine.mock.paytm.wire import say

ORDER_ID = re.compile(r"[A-Za-z0-9@_.-]{1,50}")
_CUSTOMER_ID = re.compile(r"[A-Za-z0-9@!_$.-]{1,64}")
_SSO_TOKEN = re.compile(r"sso-([6-9]\d{9})")
_LONGEST_AMOUNT = 10


async def initiate(request: Request) -> HTTPResponse:
    """``POST /theia/api/v1/initiateTransaction`` and ``/order/initiate``."""
    paytm, message = paytm_of(request), signed(request, INITIATE)
    asked = message.body
    check_query(request, message.field("mid"), message.field("orderId"))
    paise, phone = _check(paytm, asked), _wallet_of(asked)
    order = paytm.orders.get(message.field("orderId"))
    code = "0000"
    if order is None:
        order = Order(message.field("orderId"), paise, asked, paytm.new_token(), paytm.token_end())
        order.phone = phone
        paytm.add(order)
        await_customer(paytm, order)
    else:
        code = _again(paytm, order, asked)
    body = {**result("S", code), "txnToken": order.token, "isPromoCodeValid": False}
    return say(request, {**body, "authenticated": bool(order.phone)}, signed=True)


async def update(request: Request) -> HTTPResponse:
    """``updateTransactionDetail``: another amount or customer, signed and with the token."""
    paytm, (order, message) = paytm_of(request), session(request)
    if not verify(message.text, paytm.key, message.head.get("signature")):
        raise Refusal("F", "2005")
    if order.attempt:
        raise Refusal("F", "1005")
    order.paise = _amount(paytm, {**order.asked, **message.body})
    order.asked = {**order.asked, **message.body}
    return say(request, result("S", "0000"), signed=True)


def _again(paytm: Paytm, order: Order, asked: dict[str, Any]) -> str:
    """The result of a repeat: the same data get the same token while it is good."""
    if order.closed:
        raise Refusal("F", "325")
    if order.asked != asked:
        raise Refusal("F", "2023")
    if order.token_until >= paytm.world.clock.now():
        return "0002"
    if order.attempt:
        raise Refusal("F", "325")
    paytm.renew(order)
    return "0000"


def _check(paytm: Paytm, asked: dict[str, Any]) -> int:
    """Paise of a call that makes sense. Raises Refusal."""
    mandatory = ("requestType", "websiteName", "orderId", "txnAmount", "userInfo")
    if any(not asked.get(name) for name in mandatory):
        raise Refusal("F", "1007")
    if _piped(asked):
        raise Refusal("F", "1008")
    customer = asked["userInfo"].get("custId") if isinstance(asked["userInfo"], dict) else None
    if not customer:
        raise Refusal("F", "1007")
    if not ORDER_ID.fullmatch(str(asked["orderId"])) or asked["requestType"] != "Payment":
        raise Refusal("F", "1001")
    if not _CUSTOMER_ID.fullmatch(str(customer)) or not _url(asked.get("callbackUrl", "")):
        raise Refusal("F", "1001")
    if asked["websiteName"] != paytm.config.website:
        raise Refusal("F", "501")
    return _amount(paytm, asked)


def _amount(paytm: Paytm, asked: dict[str, Any]) -> int:
    amount = asked["txnAmount"] if isinstance(asked["txnAmount"], dict) else {}
    value = amount.get("value")
    text = value if isinstance(value, str) and len(value) <= _LONGEST_AMOUNT else ""
    paise = paise_of(text)
    if not paise or amount.get("currency") != "INR":
        raise Refusal("F", "2007")
    if paise > paytm.config.largest_amount:
        raise Refusal("F", "196")
    return paise


def _wallet_of(asked: dict[str, Any]) -> str:
    """The wallet that a ``paytmSsoToken`` opens; none without one. Raises Refusal."""
    token = asked.get("paytmSsoToken")
    if not token:
        return ""
    if not (found := _SSO_TOKEN.fullmatch(str(token))):
        raise Refusal("F", "2004")
    return found[1]


def _url(text: object) -> bool:
    """Empty is fine: the website's own URL serves then."""
    return text == "" or urlsplit(str(text)).scheme in ("http", "https")


def _piped(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_piped(each) for each in value.values())
    if isinstance(value, list):
        return any(_piped(each) for each in value)
    return isinstance(value, str) and "|" in value
