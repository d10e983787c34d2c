"""Amazon Pay's statuses and error codes and what they mean to us.

A status that no table knows is pending and counted.
"""

import re
from collections.abc import Mapping

from payment_engine.domain.gateway import Platform
from payment_engine.domain.states import AttemptStatus, RefundStatus

CHARGE_STATUS: Mapping[str, AttemptStatus] = {
    "CaptureApproved": AttemptStatus.CAPTURED,  # the money is collected
    "CapturePending": AttemptStatus.PENDING,  # the customer is on Amazon's page, or Amazon works
    "AuthPending": AttemptStatus.PENDING,  # authorization in progress
    "AuthApproved": AttemptStatus.AUTHORIZED,  # the money is held
    "Declined": AttemptStatus.FAILED,  # the customer or Amazon declined
    "Failed": AttemptStatus.FAILED,  # it did not work
}
REFUND_STATUS: Mapping[str, RefundStatus] = {
    "Pending": RefundStatus.PENDING,  # accepted, not paid back yet
    "Approved": RefundStatus.SUCCEEDED,  # paid back
    "Declined": RefundStatus.FAILED,  # final: a new try needs a new reference
}

WEBHOOK_CHARGE_STATUS: Mapping[str, AttemptStatus] = {
    "Completed": AttemptStatus.CAPTURED,  # the money is collected
    "Pending": AttemptStatus.PENDING,  # the customer is on Amazon's page, or Amazon works
    "Declined": AttemptStatus.FAILED,  # the customer or Amazon declined
}
"""Webhooks have names of their own for the same states."""
WEBHOOK_REFUND_STATUS: Mapping[str, RefundStatus] = {
    "Completed": RefundStatus.SUCCEEDED,  # paid back
    "Pending": RefundStatus.PENDING,  # accepted, not paid back yet
    "Declined": RefundStatus.FAILED,  # final
}

DECLINE_OF: Mapping[str, str] = {
    "Declined": "gateway_declined",  # Amazon publishes no reasons
    "Failed": "gateway_declined",  # Amazon publishes no reasons
}
"""Our decline codes, by the status of a failed charge."""
ERROR_DECLINE_OF: Mapping[str, str] = {
    "InsufficientFunds": "insufficient_funds",  # the wallet's balance is too low
    "InsufficientLoadLimit": "limit_exceeded",  # the wallet may not be topped up that far
    "NonKYCAccount": "gateway_declined",  # the wallet's owner is not verified
}
"""Our decline codes, by errors about the customer's wallet; Amazon made no charge."""

_UNREADABLE: Mapping[str, str] = {
    "InvalidArguments": "a field is wrong",
    "InvalidMerchantId": "our seller id is wrong",
    "MerchantIdMismatch": "our seller id is another one in the header",
    "AuthorizationFailed": "our signature is wrong",
    "AuthorizationExpired": "our clock is wrong",
}
WRONG_SETUP = frozenset({"InvalidMerchantId", "MerchantIdMismatch", "AuthorizationFailed"})
"""Those that every copy of a request gets; another one may have arrived in time, or with a token
that was still valid."""
CHARGE_REFUSED: Mapping[str, str] = {
    **_UNREADABLE,
    **ERROR_DECLINE_OF,
    "InvalidCallbackUrl": "our address is not registered",
    "InvalidAccessToken": "the wallet's token has ended",
}
"""``POST /v1/payments/charge``: no charge was made. After any other code there may be one."""
REFUND_REFUSED: Mapping[str, str] = {
    **_UNREADABLE,
    "InvalidChargeId": "no such charge",
    "ExcessRefundAmount": "more than is left to refund",
    "ChargeNotApproved": "the charge is not paid",
}
"""``POST /v1/payments/refund``: nothing was refunded. After any other code it may have been."""
CHARGE_EXISTS = "DuplicateChargeId"
REFUND_EXISTS = "DuplicateRefundId"
NOT_FOUND: Mapping[str, str] = {
    "InvalidChargeId": "no such charge",
    "InvalidRefundId": "no such refund",
}
"""Proof that Amazon has no charge or refund of our reference."""
WRONG_CLOCK = "AuthorizationExpired"
"""The call was signed at another time than Amazon's clock shows."""
INVALID_TOKEN = "InvalidAccessToken"  # noqa: S105 - an error's code
"""The wallet's access token has expired, or its owner unlinked it."""
INVALID_GRANT = "invalid_grant"
"""OAuth: the code or the refresh token is no longer valid (RFC 6749, 5.2)."""

AMAZON_REFUND = re.compile(r"(?P<charge>[A-Z]\d{2}(?:-\d{7}){2})-R\d+")
"""Amazon's id of a refund, which begins with the id of its charge (samples of its documents)."""

SOURCES: Mapping[Platform | None, str] = {
    Platform.ANDROID: "Android",
    Platform.IOS: "iOS",
    Platform.MOBILE_WEB: "Browser",
    Platform.DESKTOP: "Browser",
}
"""The ``x-amz-source`` of a call, by the platform of the customer's device."""

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
WEBHOOK_FIELDS = frozenset(
    {
        *("Type", "MessageId", "TopicArn", "Timestamp", "SignatureVersion", "SigningCertURL"),
        *("status", "reasonCode", "sellerOrderId", "transactionId", "amazonOrderId"),
        *("orderTotalAmount", "orderTotalCurrencyCode", "transactionDate"),
    }
)
"""What the raw log may show. Never tokens, the customer's page, balances, notes or free text."""
