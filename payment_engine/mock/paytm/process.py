"""``processTransaction``: one attempt to pay, by UPI, card, bank or wallet."""

from typing import Any
from urllib.parse import quote, urlencode

from sanic import HTTPResponse, Request

from payment_engine.mock.money import rupees_text
from payment_engine.mock.paytm.auth import order_of_token, session
from payment_engine.mock.paytm.book import Paytm, paytm_of
from payment_engine.mock.paytm.instruments import read_attempt
from payment_engine.mock.paytm.model import FAILED, PENDING, Attempt, Order
from payment_engine.mock.paytm.outcomes import begin, finish
from payment_engine.mock.paytm.receipt import callback
from payment_engine.mock.paytm.results import Refusal, result
from payment_engine.mock.paytm.wire import say

_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_POLL = {"statusTimeout": "300000", "statusInterval": "5000"}


async def process(request: Request) -> HTTPResponse:
    """``0000`` means accepted, not paid; a wallet alone is paid at once."""
    paytm, (order, message) = paytm_of(request), session(request)
    if message.field("requestType") not in ("NATIVE", "Payment"):
        raise Refusal("F", "1001" if message.field("requestType") else "1007")
    open_for_payment(order)
    attempt = read_attempt(paytm, order, message)
    scripted = begin(paytm, order, attempt, request.path)
    if attempt.upi:
        return say(request, {**result("S", "0000"), **_upi(paytm, order, attempt)})
    if attempt.card or attempt.bank:
        return say(request, {**result("S", "0000"), "bankForm": _bank_form(paytm, order, attempt)})
    if not scripted:
        finish(paytm, order, attempt)
    return say(request, paid_at_once(paytm, order, attempt))


async def poll(request: Request) -> HTTPResponse:
    """``transactionStatus``: what the form of a UPI collect request asks again and again."""
    paytm = paytm_of(request)
    asked = request.json if isinstance(request.json, dict) else {}
    order = order_of_token(request, str(asked.get("token", "")))
    if not order.attempt:
        raise Refusal("F", "331")
    return say(request, paid_at_once(paytm, order, order.attempt))


def open_for_payment(order: Order) -> None:
    """Raises Refusal where an attempt has ended, or is under way."""
    if order.closed:
        raise Refusal("F", "GW00460")
    if order.attempt:
        raise Refusal("F", "1005")


def paid_at_once(paytm: Paytm, order: Order, attempt: Attempt) -> dict[str, Any]:
    """An outcome that needs no other page: the signed callback fields inside the answer."""
    status, code = ("F", attempt.code) if attempt.status == FAILED else ("S", "0000")
    return {
        **result(status, code),
        "txnInfo": callback(paytm, order, attempt),
        "callBackUrl": callback_url(paytm, order),
    }


def callback_url(paytm: Paytm, order: Order) -> str:
    """Where the browser goes back to; empty if nobody said."""
    return str(order.asked.get("callbackUrl") or paytm.config.callback_url or "")


def customer_url(paytm: Paytm, attempt: Attempt) -> str:
    """Where the customer approves or declines."""
    return f"{paytm.world.config.public_url}/customer/paytm/{attempt.key}"


def _upi(paytm: Paytm, order: Order, attempt: Attempt) -> dict[str, Any]:
    if attempt.mode == "UPI_INTENT":
        return {"deepLinkInfo": _deep_link(paytm, order, attempt)}
    direct = {
        "actionUrl": f"{paytm.host}/theia/v1/transactionStatus",
        "method": "post",
        "type": "submit",
        "headers": {"Content-Type": "application/json"},
        "content": {
            "orderId": order.order_id,
            "mid": paytm.config.merchant_id,
            "tokenType": "TXN_TOKEN",
            "version": "v1",
            "token": order.token,
        },
    }
    form = {"pageType": "upiDirect", "upiDirectForm": direct, "displayField": _POLL}
    return {"transId": attempt.txn_id, "orderId": order.order_id, "bankForm": form}


def _deep_link(paytm: Paytm, order: Order, attempt: Attempt) -> dict[str, str]:
    """What an app opens, or a QR code shows."""
    asked = {
        "pa": paytm.config.vpa,
        "pn": paytm.world.config.merchant_name,
        "mc": "5912",
        "tr": attempt.txn_id,
        "tn": order.order_id,
        "am": rupees_text(attempt.paise),
        "cu": "INR",
    }
    return {
        "deepLink": f"upi://pay?{urlencode(asked, quote_via=quote, safe='@')}",
        "orderId": order.order_id,
        "cashierRequestId": attempt.key,
        "transId": attempt.txn_id,
    }


def _bank_form(paytm: Paytm, order: Order, attempt: Attempt) -> dict[str, Any]:
    if attempt.card and paytm.config.direct_otp and attempt.status == PENDING:
        return _direct(paytm, order)
    content = {"txnid": attempt.txn_id, "MD": attempt.key}
    redirect = {"actionUrl": customer_url(paytm, attempt), "method": "POST", "type": "redirect",
                "headers": _FORM, "content": content}  # fmt: skip
    return {"pageType": "redirect", "isForceResendOtp": False, "redirectForm": redirect}


def _direct(paytm: Paytm, order: Order) -> dict[str, Any]:
    """The bank's OTP is asked for on the merchant's page."""
    query = urlencode({"mid": paytm.config.merchant_id, "orderId": order.order_id})
    url = f"{paytm.host}/theia/api/v1/directBankRequest?{query}"
    forms = [
        {"actionUrl": url, "method": "post", "type": kind, "headers": {
            "Content-Type": "application/json"}, "content": {"requestType": kind}}
        for kind in ("submit", "resend", "cancel")
    ]  # fmt: skip
    shown = {"bankName": "Test Bank", "otpLength": "6"}
    return {
        "pageType": "direct",
        "isForceResendOtp": True,
        "directForms": forms,
        "displayField": shown,
    }
