"""Juspay's statuses and codes in ours, and which fields may be recorded."""

from collections.abc import Mapping

from payment_engine.domain.declines import CARD_CODES, UPI_CODES
from payment_engine.domain.gateway import Platform
from payment_engine.domain.states import AttemptStatus, RefundStatus

A = AttemptStatus

CHARGE_STATUS: Mapping[str, AttemptStatus] = {
    "CREATED": A.CREATED,  # order made through the legacy path, nothing started
    "NEW": A.CREATED,  # order made, no transaction yet
    "STARTED": A.PENDING,  # transaction made, no gateway chosen yet
    "PENDING_VBV": A.PENDING,  # the customer authenticates, or has a UPI request to approve
    "VBV_SUCCESSFUL": A.PENDING,  # authenticated, not yet at the bank
    "AUTHORIZING": A.PENDING,  # at the bank
    "COD_INITIATED": A.PENDING,  # cash on delivery, not collected
    "AUTHORIZED": A.AUTHORIZED,  # money is held
    "CAPTURE_INITIATED": A.PENDING,  # capture requested, still held
    "CAPTURE_FAILED": A.AUTHORIZED,  # still held
    "VOID_INITIATED": A.PENDING,  # release requested
    "VOID_FAILED": A.AUTHORIZED,  # still held
    "VOIDED": A.VOIDED,  # released
    "CHARGED": A.CAPTURED,  # money is collected; stays so when it is refunded later
    "PARTIAL_CHARGED": A.CAPTURED,  # a part of what was held is collected, the rest released
    "JUSPAY_DECLINED": A.FAILED,  # refused before it reached a bank
    "AUTHENTICATION_FAILED": A.FAILED,  # 3-D Secure or OTP not passed
    "AUTHORIZATION_FAILED": A.FAILED,  # declined by the bank
    "AUTO_REFUNDED": A.CAPTURED,  # money came too late; its refunds show whether it went back
}
"""TO_BE_CHARGED is left out on purpose: it stays pending and is counted as unrecognised."""
PARTIALLY_CAPTURED = "PARTIAL_CHARGED"
SENT_BACK = "AUTO_REFUNDED"
"""The status of an order whose money Juspay returns, and who it says initiated that refund."""
STILL_AUTHORIZED = frozenset({"CAPTURE_INITIATED", "VOID_INITIATED"})
"""Pending, while the money stays on hold."""

REFUND_STATUS: Mapping[str, RefundStatus] = {
    "PENDING": RefundStatus.PENDING,  # queued for up to 15 minutes, then with the bank
    "SUCCESS": RefundStatus.SUCCEEDED,  # done
    "FAILURE": RefundStatus.FAILED,  # final; another refund needs another reference
    "MANUAL_REVIEW": RefundStatus.MANUAL_REVIEW,  # ambiguous, or pending for over ten days
}

DECLINE_OF: Mapping[str, str] = {
    "INSUFFICIENT_FUNDS": "insufficient_funds",
    "EXPIRED_CARD": "expired_instrument",
    "INCORRECT_OTP": "incorrect_otp",
    "INVALID_OTP": "incorrect_otp",
    "OTP": "incorrect_otp",
    "OTP_EXPIRED": "otp_expired",
    "CANCELLED": "cancelled_by_customer",
    "CANCELLED_BY_USER": "cancelled_by_customer",
    "USER_CANCELLED": "cancelled_by_customer",
    "USER_DECLINED": "cancelled_by_customer",  # refused in the app or at the bank
    "USER_DROPPED": "cancelled_by_customer",  # left the bank's page
    "EXPIRED": "timed_out",
    "TIMED_OUT": "timed_out",
    "TIMEOUT": "timed_out",
    "TXN_EXPIRED": "timed_out",
    "LIMIT_EXCEEDED": "limit_exceeded",
    "INVALID_VPA": "invalid_vpa",
    "RISK_DECLINED": "risk_declined",
    "RISK": "risk_declined",
    "ISSUER_DOWN": "issuer_down",
    "TECHNICAL_ERROR": "gateway_rejected",
}
"""Our decline codes, by Juspay's own word for the reason, whatever paid."""
DECLINE_OF_METHOD: Mapping[str, Mapping[str, str]] = {"CARD": CARD_CODES, "UPI": UPI_CODES}
"""The same by the bank's code, which means one thing for a card and another for UPI."""
DECLINE_OF_STATUS: Mapping[str, str] = {
    "AUTHENTICATION_FAILED": "authentication_failed",
    "AUTHORIZATION_FAILED": "declined_by_issuer",
    "JUSPAY_DECLINED": "gateway_declined",
}
"""The same by the order's status, where no code says more; a code may also repeat the status."""

WRONG_SETUP: Mapping[str, str] = {
    "access_denied": "our key is wrong",
    "UNAUTHORIZED": "our key is wrong",
    "UNAUTHENTICATED": "our key is missing",
    "BAD_ORIGIN": "our address is not allowed",
}
"""Refused before the request was read (HTTP 401 and 403)."""
WRONG_KEY = WRONG_SETUP.keys() - {"BAD_ORIGIN"}
"""Those that every copy of a request gets: a proxy may send one from another address."""
_UNREADABLE: Mapping[str, str] = {
    **WRONG_SETUP,
    "INVALID_INPUT": "a field is wrong",
    "INVALID_REQUEST": "an amount or currency is wrong",
    "MISSING_MANDATORY_PARAMETER": "a field is missing",
}
ORDER_REFUSED: Mapping[str, str] = _UNREADABLE
"""``POST /orders``: the order was not made."""
TXN_REFUSED: Mapping[str, str] = {
    **_UNREADABLE,
    "Bad request.": "the merchant id is missing",
    "missing_card_number": "the card's number is missing",
    "GATEWAY_NOT_FOUND": "no gateway of ours takes this payment, or the CVV is missing",
    "RESOURCE_NOT_FOUND": "no such order, or no such card token",
    "EXPIRED": "the card's token has expired",
}
"""``POST /txns``: no transaction was started."""
REFUND_REFUSED: Mapping[str, str] = {
    **WRONG_SETUP,
    "invalid.order.not_successful": "the order is not paid",
    "invalid.amount.exceeded": "more than is left to refund",
    "invalid amount": "the amount is zero",
    "Mandatory fields are missing": "the amount or the reference is missing",
    "NOT_FOUND": "no such order",
    "RESOURCE_NOT_FOUND": "no such order",
}
"""``POST /orders/{order_id}/refunds``: nothing was refunded."""
CAPTURE_REFUSED: Mapping[str, str] = _UNREADABLE
"""Capture and void: the money is held as before.

These tables are Juspay's documented errors ("Juspay API Error Codes", "Refund Order", "Card
transaction API"), by endpoint. With any other code a request may have taken effect: the second of
two equal requests gets DUPLICATE_REQUEST or INVALID_ACTION, for example.
"""

NO_SUCH_ORDER = frozenset({"NOT_FOUND", "RESOURCE_NOT_FOUND", "object_not_found"})
DUPLICATE_ORDER = frozenset({"DUPLICATE_ORDER_ID", "DUPLICATE_REQUEST", "ALREADY_EXISTS"})
DUPLICATE_REFUND = frozenset({"duplicate.call"})

CHANNELS: Mapping[Platform | None, str] = {
    Platform.ANDROID: "ANDROID_APP",
    Platform.IOS: "IOS_APP",
    Platform.DESKTOP: "DESKTOP",
}
"""``payment_channel``; a web page on a phone has one by its user agent."""
ERROR_FIELDS = frozenset({"status", "status_id", "error_code", "code", "category", "field_name"})
ORDER_FIELDS = ERROR_FIELDS | {
    *("order_id", "merchant_id", "amount", "currency", "effective_amount", "date_created"),
    *("txn_id", "txn_uuid", "payment_method_type", "payment_method", "auth_type", "gateway"),
    *("gateway_id", "net_amount", "txn_amount", "resp_code", "bank_error_code", "rrn"),
    *("epg_txn_id", "created", "refunded", "amount_refunded", "maximum_eligible_refund_amount"),
    *("unique_request_id", "ref", "arn", "refund_type", "refund_source", "sent_to_gateway"),
    *("initiated_by", "pg_processed_at", "metadata.txns.auto_capture"),
}
TXN_FIELDS = ORDER_FIELDS | {
    *("txn_type", "sdk_params", "upi_app", "payment_channel", "redirect_after_payment"),
    *("format", "method", "tr", "tid", "mcc"),
    *("order.order_id", "order.amount", "order.currency"),
}
CARD_FIELDS = ERROR_FIELDS | {"card_brand", "card_type", "deleted", "tokenization_status"}
BIN_FIELDS = ERROR_FIELDS | {"brand", "type", "country", "tokenize_support"}
"""What may be recorded. Never ``id`` of a card, addresses, names, tokens or free text."""
