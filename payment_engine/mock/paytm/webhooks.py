"""Sends the merchant payment and refund events, altered or dropped where a script says so."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from payment_engine.mock.dispatch import dispatch
from payment_engine.mock.money import rupees_text
from payment_engine.mock.paytm.documents import receipt_fields, refund_details, total_refunded
from payment_engine.mock.paytm.model import Attempt, Order, Refund
from payment_engine.mock.paytm.signing import signed_form
from payment_engine.mock.paytm.state import Paytm, format_time
from payment_engine.mock.paytm.wire import (
    compact_json,
    envelope,
    signing_key,
    tampered,
    without_unsafe,
)
from payment_engine.mock.script import Scripted
from payment_engine.mock.webhook_sender import Delivery

_REJECTED = "Not enough balance in the settlement account"
Payload = tuple[bytes, str]
"""A body and its content type."""


def send_payment_event(paytm: Paytm, event: str, order: Order, attempt: Attempt) -> None:
    """Send a payment's event, which is named by its status."""
    form = _payment_form(paytm, order, attempt)
    if paytm.config.payment_webhook == "form":
        _send(paytm, event, order, form, _pack_form)
    else:
        _send(paytm, event, order, _payment_json(form), _pack_json)


def send_payment_arn(paytm: Paytm, order: Order, attempt: Attempt) -> None:
    """Send ``PAYMENT_ARN``: what banks call a card payment, and nothing of its status."""
    fields = {
        "MID": paytm.config.merchant_id,
        "ORDERID": order.order_id,
        "TXNID": attempt.txn_id,
        "TXNAMOUNT": rupees_text(attempt.paise),
        "CURRENCY": "INR",
        "TXNDATETIME": format_time(attempt.time),
        "ARN": attempt.arn,
    }
    _send(paytm, "PAYMENT_ARN", order, fields, _pack_form)


def send_refund_event(paytm: Paytm, event: str, order: Order, refund: Refund) -> None:
    """Send a refund's event: ``REFUND_ACCEPTED`` or ``REFUND_FAILED``, then ``REFUND_SUCCESS`` when
    the money is on its way, and ``REFUND_ARN`` with the bank's reference.
    """
    if event == "REFUND_ARN":
        _send(paytm, event, order, _arn_form(paytm, order, refund), _pack_form)
    else:
        _send(paytm, event, order, _refund_json(paytm, order, refund, event), _pack_json)


def _send(
    paytm: Paytm,
    event: str,
    order: Order,
    content: dict[str, Any],
    pack: Callable[[Paytm, dict[str, Any], str | None], Payload],
) -> None:
    url = paytm.config.webhook_url
    if not url:
        return
    event_id = paytm.world.ids.hexes("evt_", 32)

    def write(scripted: Scripted | None) -> Delivery:
        body, kind = pack(paytm, tampered(content, scripted), signing_key(paytm, scripted))
        headers = {"Content-Type": kind}
        return Delivery("paytm", event_id, event, order.order_id, url, body, headers)

    dispatch(paytm.world, gateway="paytm", event=event, order_id=order.order_id, write=write)


def _pack_form(paytm: Paytm, fields: dict[str, Any], key: str | None) -> Payload:
    signed = signed_form(fields, key, paytm.salt()) if key else fields
    return urlencode(signed).encode(), "application/x-www-form-urlencoded"


def _pack_json(paytm: Paytm, content: dict[str, Any], key: str | None) -> Payload:
    return envelope(paytm, compact_json(without_unsafe(content)), key).encode(), "application/json"


def _payment_form(paytm: Paytm, order: Order, attempt: Attempt) -> dict[str, str]:
    """A callback's fields and more; ``TXNDATE`` is only the day, beside ``TXNDATETIME``."""
    fields = receipt_fields(paytm, order, attempt)
    more = {
        "TXNDATETIME": format_time(attempt.time),
        "TXNDATE": format_time(attempt.time)[:10],
        "CUSTID": order.customer_id,
        "TXNTYPE": "SALE",
        "REFUNDAMT": rupees_text(order.refunded),
        "RRN": attempt.bank_txn_id if attempt.upi else "",
        "maskedCardNo": f"{attempt.card.bin}******{attempt.card.last4}" if attempt.card else "",
    }
    return fields | {name: value for name, value in more.items() if value}


def _payment_json(form: dict[str, str]) -> dict[str, str]:
    names = {
        "MID": "mid",
        "ORDERID": "orderId",
        "TXNID": "txnId",
        "TXNAMOUNT": "txnAmount",
        "CURRENCY": "currency",
        "STATUS": "status",
        "RESPCODE": "respCode",
        "RESPMSG": "respMsg",
        "TXNTYPE": "txnType",
        "PAYMENTMODE": "paymentMode",
        "BANKTXNID": "bankTxnId",
        "GATEWAYNAME": "gatewayName",
        "TXNDATETIME": "txnDate",
    }
    return {json_name: form[name] for name, json_name in names.items() if name in form}


def _refund_json(paytm: Paytm, order: Order, refund: Refund, event: str) -> dict[str, Any]:
    attempt = order.attempt
    content: dict[str, Any] = {
        "orderId": order.order_id,
        "mid": paytm.config.merchant_id,
        "refId": refund.ref,
        "refundId": refund.refund_id,
        "refundAmount": rupees_text(refund.paise),
        "txnAmount": rupees_text(order.paise),
        "txnId": attempt.txn_id if attempt else "",
        "txnTimestamp": format_time(attempt.time) if attempt else "",
        "merchantRefundRequestTimestamp": format_time(refund.created),
        "acceptRefundTimestamp": format_time(refund.accepted or refund.created),
    }
    if event == "REFUND_ACCEPTED":
        return content | {"status": "SUCCESS"}
    if event == "REFUND_FAILED":
        reason = {"rejectRefundReasonCode": "1", "rejectRefundReasonMessage": _REJECTED}
        return content | {"status": "FAILED"} | reason
    return content | {
        "source": "MERCHANT",
        "totalRefundAmount": total_refunded(order),
        "userCreditInitiateTimestamp": format_time(refund.ended or refund.created),
        "refundDetailInfoList": refund_details(order, refund),
    }


def _arn_form(paytm: Paytm, order: Order, refund: Refund) -> dict[str, str]:
    return {
        "MID": paytm.config.merchant_id,
        "ORDERID": order.order_id,
        "TXNID": order.attempt.txn_id if order.attempt else "",
        "REFID": refund.ref,
        "REFUNDID": refund.refund_id,
        "ARN": refund.rrn,
        "RRN": refund.rrn,
        "REFUNDAMOUNT": rupees_text(refund.paise),
        "REFUNDDATETIME": format_time(refund.ended or refund.created),
    }
