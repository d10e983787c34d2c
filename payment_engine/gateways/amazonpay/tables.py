"""Amazon Pay's words and ours: statuses, declines, and what may be written down."""

from collections.abc import Mapping

from payment_engine.domain.gateway import Platform
from payment_engine.domain.states import AttemptStatus, RefundStatus

A, R = AttemptStatus, RefundStatus

CHARGE_STATUS: Mapping[str, AttemptStatus] = {
    "CaptureApproved": A.CAPTURED,  # money is collected
    "CapturePending": A.PENDING,  # the customer is on Amazon's page, or Amazon is at work
    "AuthPending": A.PENDING,  # pre-authorization under way
    "AuthApproved": A.AUTHORIZED,  # money is held
    "Declined": A.FAILED,  # the customer or Amazon said no
    "Failed": A.FAILED,  # it did not work
}

REFUND_STATUS: Mapping[str, RefundStatus] = {
    "Pending": R.PENDING,  # taken, not given back yet
    "Approved": R.SUCCEEDED,  # given back
    "Declined": R.FAILED,  # over; another try needs another reference
}

NOTICE_CHARGE_STATUS: Mapping[str, AttemptStatus] = {
    "Completed": A.CAPTURED,
    "Pending": A.PENDING,
    "Declined": A.FAILED,
}
"""A notification has words of its own for the same states."""

NOTICE_REFUND_STATUS: Mapping[str, RefundStatus] = {
    "Completed": R.SUCCEEDED,
    "Pending": R.PENDING,
    "Declined": R.FAILED,
}

DECLINE_OF: Mapping[str, str] = {
    "InsufficientFunds": "insufficient_funds",
    "InsufficientLoadLimit": "limit_exceeded",  # the wallet may not hold that much
    "NonKYCAccount": "gateway_declined",  # the customer's wallet is not verified
    "Declined": "gateway_declined",
    "Failed": "gateway_declined",
}
"""Our decline codes, by error code or status; Amazon publishes no reason codes."""
DECLINING_ERRORS = frozenset({"InsufficientFunds", "InsufficientLoadLimit", "NonKYCAccount"})
"""Errors that speak of the customer, not of our request: a decline, and no charge was made."""

NO_SUCH = frozenset({"InvalidChargeId", "InvalidRefundId"})

SOURCES: Mapping[Platform | None, str] = {
    Platform.ANDROID: "Android",
    Platform.IOS: "iOS",
    Platform.MOBILE_WEB: "Browser",
    Platform.DESKTOP: "Browser",
}

ERROR_FIELDS = frozenset({"code"})
CHARGE_FIELDS = ERROR_FIELDS | {
    *("merchantId", "chargeId", "referenceId", "amazonChargeId", "requestedAmount"),
    *("approvedAmount", "amount", "currencyCode", "status", "intent", "attributableProgram"),
    *("timeoutInSecs", "selectedPaymentInstrumentType", "createTime", "updateTime"),
    *("txnIdType", "txnId"),
}
REFUND_FIELDS = CHARGE_FIELDS | {"refundId", "amazonRefundId", "chargeIdType", "refundedFee"}
BALANCE_FIELDS = ERROR_FIELDS | {"merchantId", "instrumentTypes", "enabled", "priority"}
TOKEN_FIELDS = frozenset({"grant_type", "token_type", "expires_in", "error"})
NOTICE_FIELDS = frozenset({
    *("Type", "MessageId", "TopicArn", "Timestamp", "SignatureVersion", "SigningCertURL"),
    *("status", "reasonCode", "sellerOrderId", "transactionId", "amazonOrderId"),
    *("orderTotalAmount", "orderTotalCurrencyCode", "transactionDate"),
})  # fmt: skip
"""What may be written down. Never tokens, the customer's page, balances, notes or free text."""
