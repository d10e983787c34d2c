"""Paytm's words and ours, by the call that says them (MOD-10), and what may be written down."""

from collections.abc import Mapping

from payment_engine.domain.states import AttemptStatus, RefundStatus

A, R = AttemptStatus, RefundStatus

CHARGE_STATUS: Mapping[str, AttemptStatus] = {
    "TXN_SUCCESS": A.CAPTURED,  # money is collected
    "PENDING": A.PENDING,  # not done yet, or not confirmed by the bank
    "TXN_FAILURE": A.FAILED,  # a verdict only with a code of ``DECLINES``
}
NO_RECORD = frozenset({"NO_RECORD_FOUND"})
"""An order on which nothing was ever started."""

NO_VERDICT: Mapping[str, str] = {
    "330": "checksum refused",
    "334": "order id refused",
    "335": "merchant id refused",
    "501": "server down",
    "400": "not confirmed yet",
    "402": "not complete yet",
}
"""Codes that speak of the question or of Paytm, never of the money, though ``TXN_FAILURE`` may
stand beside them."""
OUR_SETUP = frozenset({"330", "335", "606"})
"""A wrong key or merchant id of ours: somebody must look."""

DECLINES: Mapping[str, tuple[str, ...]] = {
    "insufficient_funds": ("235",),
    "expired_instrument": ("207",),
    "authentication_failed": ("229",),
    "declined_by_issuer": ("205", "208", "210", "227", "267", "401", "841"),
    "account_inactive": ("843",),
    "mobile_changed": ("820",),
    "limit_exceeded": ("202",),
    "cancelled_by_customer": ("141", "2271", "2272"),
    "timed_out": ("810",),
    "invalid_vpa": ("295",),
    "issuer_down": ("220",),
    "gateway_declined": ("00", "153", "163", "222", "296", "297", "317"),
    "other": ("209", "232", "3102"),
}
"""Our decline codes, by the code of a failed payment."""
DECLINE_OF = {theirs: ours for ours, codes in DECLINES.items() for theirs in codes}

PROCESS_DECLINES: Mapping[str, str] = {
    "202": "limit_exceeded",
    "227": "declined_by_issuer",
    "235": "insufficient_funds",
    "295": "invalid_vpa",
    "312": "gateway_declined",  # a kind of card that is not taken
    "315": "expired_instrument",
}
"""What ``processTransaction`` says of the customer's instrument: nothing was begun."""
PROCESS_REFUSED = frozenset({"309", "317", "1001", "1007", "1008", "2013", "2014", "RC-00018"})
"""What it says of our request: nothing was begun either. Any other code leaves it open."""
SESSION_OVER = frozenset({"1006", "2004"})
"""An order's token, or the customer's login in it, is no longer good."""
SEEN_BEFORE = frozenset({"2023", "325"})
"""``initiateTransaction`` knows the order already, with other data or with an end."""
WRONG_OTP = frozenset({"403", "513"})

REFUND_STATUS: Mapping[str, RefundStatus] = {
    "TXN_SUCCESS": R.SUCCEEDED,  # handed to the bank
    "PENDING": R.PENDING,  # raised, or with the bank
    "TXN_FAILURE": R.FAILED,  # a verdict only with a code of ``REFUND_FAILED``
}
REFUND_PENDING = frozenset({"601", "604", "626", "628"})
"""Under way, or waiting for another refund of the order, whatever status stands beside it."""
REFUND_FAILED = frozenset({"311", "600", "607", "610", "619", "620", "627", "635", "704"})
"""Over; another try needs another reference."""
REFUND_RAISED = frozenset({"617", "629", "701", "702", "703"})
"""The same reference came before: the status call tells what became of it."""
REFUND_ABSENT = frozenset({"631", "800"})
"""It never reached Paytm: the same reference may be sent again."""

BANKS: Mapping[str, str] = {"KOTAK": "NKMB", "UNION": "UNI", "INDUS": "INDS", "FED": "FDEB"}
"""Banks that Paytm calls otherwise than we do; one that it does not know it refuses (1001)."""
NETWORKS: Mapping[str, str] = {"MASTER": "mastercard"}
"""Schemes that Paytm calls otherwise than we do."""

FIELDS = frozenset(
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
"""What may be written down. Never tokens, checksums, UPI ids, deep links, forms or free text."""
