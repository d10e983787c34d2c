"""Payments and refunds as Paytm prints them: in status answers, callbacks and bank forms."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlencode

from payment_engine.mock.money import rupees_text
from payment_engine.mock.paytm.errors import MESSAGES, result_info
from payment_engine.mock.paytm.model import BANKS, FAILED, PAID, PENDING, Attempt, Order, Refund
from payment_engine.mock.paytm.signing import signed_form
from payment_engine.mock.paytm.state import Paytm, format_time

_MODES: Mapping[str, str] = {
    "CREDIT_CARD": "CC",
    "DEBIT_CARD": "DC",
    "NET_BANKING": "NB",
    "UPI": "UPI",
    "UPI_INTENT": "UPI",
    "BALANCE": "PPI",
    "PAYTM_DIGITAL_CREDIT": "PPI",
    "EMI": "EMI",
}
_GATEWAYS: Mapping[str, str] = {
    "UPI": "PPBLC",
    "UPI_INTENT": "PPBLC",
    "BALANCE": "WALLET",
    "PAYTM_DIGITAL_CREDIT": "PAYTMCC",
}
_FORM_HEADERS = {"Content-Type": "application/x-www-form-urlencoded"}
_POLL_TIMES = {"statusTimeout": "300000", "statusInterval": "5000"}


def payment_document(paytm: Paytm, order: Order, attempt: Attempt) -> dict[str, Any]:
    """The body of a status answer about a payment."""
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
        "txnDate": format_time(attempt.time),
    }
    info = result_info(attempt.status, attempt.code, result_text(attempt))
    return info | {name: value for name, value in fields.items() if value}


def refund_document(paytm: Paytm, order: Order, attempt: Attempt, refund: Refund) -> dict[str, Any]:
    """The body of a refund status answer."""
    body: dict[str, Any] = {
        **result_info(refund.status, refund.code),
        **refund_ids(paytm, order, refund),
        "txnId": attempt.txn_id,
        "source": "MERCHANT",
        "txnAmount": rupees_text(attempt.paise),
        "refundAmount": rupees_text(refund.paise),
        "totalRefundAmount": total_refunded(order),
        "acceptRefundStatus": _accept_status(refund),
        "txnTimestamp": format_time(attempt.time),
        "merchantRefundRequestTimestamp": format_time(refund.created),
    }
    if refund.accepted:
        body["acceptRefundTimestamp"] = format_time(refund.accepted)
    if refund.status == PAID and refund.ended:
        body["userCreditInitiateStatus"] = "SUCCESS"
        body["userCreditInitiateTimestamp"] = format_time(refund.ended)
        due = f"{refund.ended + timedelta(days=5):%Y-%m-%d}"
        details = refund_details(order, refund)
        body["refundDetailInfoList"] = [each | {"userCreditExpectedDate": due} for each in details]
    return body


def _accept_status(refund: Refund) -> str:
    if refund.status == FAILED:
        return "FAILED"
    return "SUCCESS" if refund.accepted else "PENDING"


def refund_ids(paytm: Paytm, order: Order, refund: Refund) -> dict[str, str]:
    """The ids of a refund, in every answer about it."""
    return {
        "orderId": order.order_id,
        "mid": paytm.config.merchant_id,
        "refId": refund.ref,
        "refundId": refund.refund_id,
    }


def refund_details(order: Order, refund: Refund) -> list[dict[str, str]]:
    """``refundDetailInfoList``: how the money is returned."""
    mode = payment_mode(order.attempt) if order.attempt else ""
    amount = rupees_text(refund.paise)
    detail = {"refundType": "TO_SOURCE", "payMethod": mode, "refundAmount": amount}
    return [detail | {"rrn": refund.rrn}]


def total_refunded(order: Order) -> str:
    """``totalRefundAmount``: rupees of the refunds that have succeeded."""
    return rupees_text(
        sum(
            each.paise
            for each in order.refunds
            if each.ended and not each.is_pending and each.status != FAILED
        )
    )


def payment_mode(attempt: Attempt) -> str:
    """``CC``, ``DC``, ``NB``, ``UPI``, ``PPI`` (a wallet) or ``EMI``."""
    return _MODES.get(attempt.mode, attempt.mode)


def gateway_name(attempt: Attempt) -> str:
    """``gatewayName``: who processed it."""
    return _GATEWAYS.get(attempt.mode) or attempt.bank or "HDFC"


def bank_name(attempt: Attempt) -> str:
    """``bankName``: the payer's bank; empty for UPI."""
    if attempt.mode == "NET_BANKING":
        return BANKS.get(attempt.bank, attempt.bank)
    return "" if attempt.upi else "WALLET" if attempt.mode == "BALANCE" else "Test Bank"


def result_text(attempt: Attempt) -> str:
    """The message of the result code, or the scripted one."""
    return MESSAGES.get(attempt.code, "") if attempt.message is None else attempt.message


def callback_fields(paytm: Paytm, order: Order, attempt: Attempt) -> dict[str, str]:
    """The signed fields with which a browser returns to the shop."""
    return signed_form(receipt_fields(paytm, order, attempt), paytm.key, paytm.salt())


def receipt_fields(paytm: Paytm, order: Order, attempt: Attempt) -> dict[str, str]:
    """The fields of a callback, unsigned; those that are not known yet are omitted."""
    fields = {
        "ORDERID": order.order_id,
        "MID": paytm.config.merchant_id,
        "TXNAMOUNT": rupees_text(attempt.paise),
        "CURRENCY": "INR",
        "STATUS": attempt.status,
        "RESPCODE": attempt.code,
        "RESPMSG": result_text(attempt),
    }
    transaction = attempt.txn_id and {
        "TXNID": attempt.txn_id,
        "PAYMENTMODE": payment_mode(attempt),
        "TXNDATE": format_time(attempt.time),
        "GATEWAYNAME": gateway_name(attempt),
        "BANKTXNID": attempt.bank_txn_id,
        "BANKNAME": bank_name(attempt),
    }
    more = {"MERC_UNQ_REF": _unique_reference(order), "VPA": attempt.vpa}
    return fields | {n: v for n, v in ((transaction or {}) | more).items() if v}


def _unique_reference(order: Order) -> str:
    extend_info = order.initiate_body.get("extendInfo")
    return str(extend_info.get("mercUnqRef") or "") if isinstance(extend_info, dict) else ""


def outcome_document(paytm: Paytm, order: Order, attempt: Attempt) -> dict[str, Any]:
    """The body of an answer that tells the outcome itself, by the signed callback fields."""
    status, code = ("F", attempt.code) if attempt.status == FAILED else ("S", "0000")
    return {
        **result_info(status, code),
        "txnInfo": callback_fields(paytm, order, attempt),
        "callBackUrl": callback_url(paytm, order),
    }


def callback_url(paytm: Paytm, order: Order) -> str:
    """Where the browser returns to; empty if it is not configured."""
    return str(order.initiate_body.get("callbackUrl") or paytm.config.callback_url or "")


def customer_url(paytm: Paytm, attempt: Attempt) -> str:
    """The page where the customer approves or declines."""
    return f"{paytm.world.config.public_url}/customer/paytm/{attempt.page_key}"


def upi_document(paytm: Paytm, order: Order, attempt: Attempt) -> dict[str, Any]:
    """What opens a UPI attempt: a deep link for an app, or a form that polls a collect request."""
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
    form = {"pageType": "upiDirect", "upiDirectForm": direct, "displayField": _POLL_TIMES}
    return {"transId": attempt.txn_id, "orderId": order.order_id, "bankForm": form}


def _deep_link(paytm: Paytm, order: Order, attempt: Attempt) -> dict[str, str]:
    """The ``upi://pay`` link that an app opens or a QR code shows."""
    parameters = {
        "pa": paytm.config.vpa,
        "pn": paytm.world.config.merchant_name,
        "mc": "5912",
        "tr": attempt.txn_id,
        "tn": order.order_id,
        "am": rupees_text(attempt.paise),
        "cu": "INR",
    }
    return {
        "deepLink": f"upi://pay?{urlencode(parameters, quote_via=quote, safe='@')}",
        "orderId": order.order_id,
        "cashierRequestId": attempt.page_key,
        "transId": attempt.txn_id,
    }


def bank_form(paytm: Paytm, order: Order, attempt: Attempt) -> dict[str, Any]:
    """The form that leads to the bank's page, or asks for its OTP on the merchant's page."""
    if attempt.card and paytm.config.direct_otp and attempt.status == PENDING:
        return _direct_form(paytm, order)
    content = {"txnid": attempt.txn_id, "MD": attempt.page_key}
    redirect = {
        "actionUrl": customer_url(paytm, attempt),
        "method": "POST",
        "type": "redirect",
        "headers": _FORM_HEADERS,
        "content": content,
    }
    return {"pageType": "redirect", "isForceResendOtp": False, "redirectForm": redirect}


def _direct_form(paytm: Paytm, order: Order) -> dict[str, Any]:
    """The forms that submit, resend or cancel the bank's OTP on the merchant's page."""
    query = urlencode({"mid": paytm.config.merchant_id, "orderId": order.order_id})
    url = f"{paytm.host}/theia/api/v1/directBankRequest?{query}"
    forms = [
        {
            "actionUrl": url,
            "method": "post",
            "type": kind,
            "headers": {"Content-Type": "application/json"},
            "content": {"requestType": kind},
        }
        for kind in ("submit", "resend", "cancel")
    ]
    display_field = {"bankName": "Test Bank", "otpLength": "6"}
    return {
        "pageType": "direct",
        "isForceResendOtp": True,
        "directForms": forms,
        "displayField": display_field,
    }
