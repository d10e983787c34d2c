"""Paytm's statuses and codes and what they mean to us, by the call that answers with them.

Meanings are those of Paytm's documents. A status that no table knows is pending and counted.
"""

from collections.abc import Mapping

from payment_engine.domain.states import AttemptStatus, RefundStatus

CHARGE_STATUS: Mapping[str, AttemptStatus] = {
    "TXN_SUCCESS": AttemptStatus.CAPTURED,  # the money is collected
    "PENDING": AttemptStatus.PENDING,  # not finished, or not confirmed by the bank
    "TXN_FAILURE": AttemptStatus.FAILED,  # a verdict, except with a code of ``NO_VERDICT``
}
NO_RECORD = "NO_RECORD_FOUND"
"""The status of an order on which no payment was ever started, and of an unknown refund."""

NO_VERDICT: Mapping[str, str] = {
    "325": "the order id was used before",
    "330": "checksum refused",
    "331": "no record",
    "334": "order id refused",
    "335": "merchant id refused",
    "400": "not confirmed yet",
    "402": "not complete yet",
    "501": "server down",
    "2005": "checksum refused",
    "2023": "a repeat with other data: the first one may be paid",
    "00000900": "system error, outcome unknown",
}
"""Codes about our request or about Paytm, not about the payment, though ``TXN_FAILURE`` may stand
beside them."""
WRONG_CREDENTIALS: Mapping[str, str] = {
    "330": "checksum refused",
    "335": "merchant id refused",
    "606": "merchant id refused for a refund",
    "2005": "checksum refused at the start of an order",
}
"""Our key or merchant id is wrong: somebody must correct the configuration."""

DECLINE_OF: Mapping[str, str] = {
    "00": "gateway_declined",  # invalid request parameters
    "141": "cancelled_by_customer",  # the customer did not complete the payment
    "153": "gateway_declined",  # system error at the gateway
    "163": "gateway_declined",  # the wallet could not be consulted
    "202": "limit_exceeded",  # credit limit not sufficient
    "205": "declined_by_issuer",  # declined
    "207": "expired_instrument",  # the card has expired
    "208": "declined_by_issuer",  # declined by the acquirer
    "209": "other",  # wrong card details
    "210": "declined_by_issuer",  # the card cannot be used
    "220": "issuer_down",  # the bank could not be reached
    "222": "gateway_declined",  # declined
    "227": "declined_by_issuer",  # declined by the bank
    "229": "authentication_failed",  # 3-D Secure failed
    "232": "other",  # wrong account details
    "235": "insufficient_funds",  # wallet balance not sufficient
    "267": "declined_by_issuer",  # declined
    "295": "invalid_vpa",  # the UPI id is wrong
    "296": "gateway_declined",  # declined for risk
    "297": "gateway_declined",  # declined
    "317": "gateway_declined",  # invalid payment mode
    "401": "declined_by_issuer",  # declined by the bank
    "810": "timed_out",  # the customer closed the page
    "820": "mobile_changed",  # the customer's mobile number has changed
    "841": "declined_by_issuer",  # the remitting bank declined
    "843": "account_inactive",  # the account is blocked
    "2271": "cancelled_by_customer",  # cancelled on the bank's page
    "2272": "cancelled_by_customer",  # cancelled on the OTP page
    "3102": "other",  # wrong card details
}
"""Our decline codes, by the code of a failed payment; one of any other code failed as well."""

PROCESS_DECLINE_OF: Mapping[str, str] = {
    "202": "limit_exceeded",  # credit limit not sufficient
    "227": "declined_by_issuer",  # declined by the bank
    "235": "insufficient_funds",  # wallet balance not sufficient
    "295": "invalid_vpa",  # the UPI id is wrong
    "312": "gateway_declined",  # this kind of card is not taken
    "315": "expired_instrument",  # invalid year of expiry
}
"""Our decline codes, by what ``processTransaction`` says of the customer's instrument; no
transaction was started."""
PROCESS_REFUSED: Mapping[str, str] = {
    "309": "invalid order id",
    "317": "invalid payment mode",
    "1001": "invalid parameters",
    "1007": "a mandatory field is missing",
    "1008": "a pipe character",
    "2013": "merchant id of query and body differ",
    "2014": "order id of query and body differ",
    "RC-00018": "the merchant's limit is crossed",
}
"""What ``processTransaction`` says of our request; no transaction was started. With any other code
one may have been."""
SESSION_EXPIRED: Mapping[str, str] = {
    "1006": "the order's token has expired",
    "2004": "the customer's login in the order is no longer valid",
}
ORDER_ACCEPTED = "0000"
"""``initiateTransaction`` opened a new order; any other code of a success is a repeat."""
ORDER_EXISTS: Mapping[str, str] = {
    "325": "duplicate order id",
    "2023": "repeated with other data, or after it was paid",
}
"""``initiateTransaction`` knows the order already."""
ORDER_REFUSED: Mapping[str, str] = {
    "196": "above the allowed amount",
    "330": "checksum refused",
    "335": "merchant id refused",
    "1001": "invalid parameters",
    "1007": "a mandatory field is missing",
    "1008": "a pipe character",
    "1011": "invalid offer",
    "2005": "checksum refused",
    "2007": "invalid amount",
    "2013": "merchant id of query and body differ",
    "2014": "order id of query and body differ",
}
"""``initiateTransaction`` refused the request: it opened no order."""
UNKNOWN_BIN = "1001"
"""``fetchBinDetail`` does not know the first digits of a card."""

WRONG_OTP: Mapping[str, str] = {
    "403": "wrong OTP",
    "513": "the OTP could not be validated",
}
OTP_ENDED: Mapping[str, str] = {
    **SESSION_EXPIRED,
    "434": "try again later",
    "708": "too many attempts",
    "1107": "the OTP was used already",
}
"""This OTP can no longer be entered: the customer starts linking the wallet again."""

REFUND_STATUS: Mapping[str, RefundStatus] = {
    "TXN_SUCCESS": RefundStatus.SUCCEEDED,  # handed to the bank, with code ``REFUNDED`` only
    "PENDING": RefundStatus.PENDING,  # registered, or with the bank
    "TXN_FAILURE": RefundStatus.FAILED,  # a verdict only with a code of ``REFUND_FAILED``
}
REFUNDED = "10"
REFUND_PENDING: Mapping[str, str] = {
    "601": "registered",
    "604": "delayed at the bank",
    "626": "another refund of the order is in progress",
    "628": "pending at the bank",
}
"""Under way, whatever status stands beside the code."""
REFUND_FAILED: Mapping[str, str] = {
    "311": "the bank does not allow it",
    "600": "invalid request",
    "607": "the payment was cancelled or does not exist",
    "610": "the payment is fully refunded already",
    "619": "invalid amount",
    "620": "the merchant's balance is too low",
    "627": "the order's details differ",
    "635": "less than one rupee",
    "704": "the merchant's balance is too low",
}
"""Final: a new try needs a new reference."""
REFUND_EXISTS: Mapping[str, str] = {
    "617": "requested already",
    "629": "succeeded already",
    "701": "the reference was used before",
    "702": "may not be processed again",
    "703": "succeeded or pending already",
}
"""The reference was used before: the status call says what became of that refund."""
REFUND_NOT_FOUND: Mapping[str, str] = {
    "631": "no such record",
    "800": "no such record",
}
"""The refund never reached Paytm: the same reference may be sent again."""

REFUND_WEBHOOK: Mapping[str, tuple[str, str]] = {
    "accepted": ("PENDING", "601"),  # Paytm will pay it out
    "rejected": ("TXN_FAILURE", "600"),  # Paytm will not
    "credited": ("TXN_SUCCESS", REFUNDED),  # handed to the bank
    "arn": ("TXN_SUCCESS", REFUNDED),  # the bank's reference for a credited refund
}
"""Status and code with which the status call reports the same, by kind of refund webhook."""

BANKS: Mapping[str, str] = {"KOTAK": "NKMB", "UNION": "UNI", "INDUS": "INDS", "FED": "FDEB"}
"""Paytm's codes of banks, where they differ from ours; it refuses a bank that it does not know."""
NETWORKS: Mapping[str, str] = {"MASTER": "mastercard"}
"""Our names of card networks, where they differ from Paytm's."""

LOGGED_FIELDS = frozenset(
    {
        *("resultStatus", "resultCode", "mid", "orderId", "txnId", "txnAmount", "value"),
        *("currency", "txnType", "txnDate", "paymentMode", "gatewayName", "bankName"),
        *("refundAmt", "refId", "refundId", "refundAmount", "totalRefundAmount", "source"),
        *("acceptRefundStatus", "userCreditInitiateStatus", "txnTimestamp", "payMethod"),
        *("merchantRefundRequestTimestamp", "acceptRefundTimestamp", "refundType"),
        *("userCreditInitiateTimestamp", "userCreditExpectedDate", "rejectRefundReasonCode"),
        *("requestType", "websiteName", "mode", "channelCode", "paymentFlow", "authMode"),
        *("pageType", "method", "transId", "version", "channelId", "responseTimestamp"),
        *("status", "respCode", "rrn", "valid", "authenticated", "referenceId"),
        *("MID", "ORDERID", "TXNID", "TXNAMOUNT", "TXNTYPE", "TXNDATE", "TXNDATETIME"),
        *("CURRENCY", "STATUS", "RESPCODE", "PAYMENTMODE", "GATEWAYNAME", "BANKNAME"),
        *("REFUNDAMT", "REFID", "REFUNDID", "REFUNDAMOUNT", "REFUNDDATETIME", "ARN", "RRN"),
    }
)
"""What the raw log may show. Never tokens, checksums, UPI ids, deep links, forms or free text."""
