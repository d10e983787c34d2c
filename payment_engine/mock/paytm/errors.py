"""Paytm's result codes, what they say, and the code of each decline."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Status = Literal[
    "S", "F", "U", "SUCCESS", "TXN_SUCCESS", "TXN_FAILURE", "PENDING", "NO_RECORD_FOUND"
]
MESSAGES: Mapping[str, str] = {
    "0000": "Success",
    "0001": "FAILED",
    "0002": "Success Idempotent",
    "00000900": "System error",
    "00": "Invalid request parameters",
    "01": "Txn Success",
    "10": "Refund Successfull",
    "141": "User has not completed the transaction.",
    "153": "System error at the gateway.",
    "163": "Wallet consult failed.",
    "196": "The amount is above the allowed limit.",
    "202": "Credit limit is not sufficient.",
    "205": "Payment declined.",
    "207": "The card has expired.",
    "208": "Payment declined by the acquirer.",
    "209": "Card details are wrong.",
    "210": "The card cannot be used.",
    "220": "The bank could not be reached.",
    "222": "Payment declined by the issuer.",
    "227": "Payment declined by your bank. Please try again or use another method.",
    "229": "3-D Secure verification failed.",
    "232": "Account details are wrong.",
    "235": "Wallet balance is not sufficient.",
    "267": "Payment declined.",
    "295": "The UPI ID is wrong.",
    "296": "Payment declined for risk.",
    "297": "Payment declined.",
    "309": "Invalid Order Id.",
    "311": "Refund is not allowed by the bank.",
    "312": "This card is not supported.",
    "315": "Invalid year.",
    "317": "Invalid payment mode.",
    "325": "Duplicate order id.",
    "330": "Checksum provided is invalid.",
    "331": "No Record Found",
    "334": "Invalid Order ID.",
    "335": "MID provided is invalid.",
    "372": "Retry count breached.",
    "400": "Transaction status not confirmed yet.",
    "401": "Payment declined by your bank.",
    "402": "The payment is not complete yet. Please wait while we confirm it with your bank.",
    "403": "Invalid OTP.",
    "431": "Invalid mobile number.",
    "433": "Your account is blocked.",
    "434": "Please try again later.",
    "501": "System Error",
    "510": "Merchant transaction failure.",
    "513": "OTP could not be validated.",
    "517": "Your account is blocked.",
    "531": "OTP limit reached.",
    "600": "Invalid refund request.",
    "601": "Refund request was raised for this transaction. But it is pending state",
    "604": "Refund is delayed at the bank.",
    "606": "Invalid MID for refund.",
    "607": "Refund is not possible on a cancelled or absent transaction.",
    "610": "Transaction is already fully refunded.",
    "617": "Refund Already Raised",
    "619": "Invalid refund amount.",
    "620": "Balance is not enough for the refund.",
    "626": "Another refund on the same order is already in progress.",
    "627": "Order details mismatch.",
    "628": "Refund is pending at the bank.",
    "629": "Refund is already successful.",
    "631": "Record not found.",
    "635": "Partial refund under Rupee 1 is not allowed.",
    "701": "Refund with this refId was already raised.",
    "703": "Refund is already successful or pending.",
    "708": "OTP attempt limit reached.",
    "810": "Transaction failed: the page was closed.",
    "820": "The mobile number was changed.",
    "827": "Your request is being processed.",
    "841": "The remitting bank declined.",
    "843": "The account is blocked.",
    "931": "Incorrect passcode.",
    "1001": "Request parameters are not valid.",
    "1005": "Duplicate request.",
    "1006": "Your session has expired.",
    "1007": "Missing mandatory element.",
    "1008": "Pipe character is not allowed.",
    "1011": "Invalid promo.",
    "1107": "OTP was already used.",
    "2004": "SSO token is invalid.",
    "2005": "Checksum provided is invalid.",
    "2007": "Txn amount is invalid.",
    "2013": "Mid in the query param does not match with the Mid sent in the request.",
    "2014": "OrderId in the query param does not match with the OrderId sent in the request.",
    "2023": "Repeat Request Inconsistent",
    "2271": "Payment cancelled at the bank page.",
    "2272": "Payment cancelled at the OTP page.",
    "3102": "Card details are wrong.",
    "GW00460": "The payment was already made or has failed.",
}
"""Without slash, backslash or apostrophe, for they are part of signed answers."""
DECLINE_CODES: Mapping[str, str] = {
    "declined": "227",
    "insufficient_funds": "235",
    "expired_card": "207",
    "limit_exceeded": "202",
    "wrong_otp": "229",
    "wrong_pin": "401",
    "customer_cancelled": "141",
    "bank_cancelled": "2271",
    "otp_cancelled": "2272",
    "bank_down": "220",
    "expired": "810",
    "risk": "296",
    "invalid_vpa": "295",
    "mobile_changed": "820",
    "remitter_declined": "841",
    "account_blocked": "843",
    "system_error": "153",
}
"""The result code of a declined payment, by reason."""


@dataclass
class Refusal(Exception):
    """An answer other than success."""

    status: Status
    code: str

    def __str__(self) -> str:
        return f"{self.code}: {MESSAGES.get(self.code, '')}"


def result_info(status: str, code: str, message: str | None = None) -> dict[str, Any]:
    """The ``resultInfo`` that opens every body."""
    text = MESSAGES.get(code, "") if message is None else message
    return {"resultInfo": {"resultStatus": status, "resultCode": code, "resultMsg": text}}


def decline_code(reason: str) -> str | None:
    """The result code for a reason, or for a code itself; None for an unknown one."""
    return DECLINE_CODES.get(reason) or (reason if reason in MESSAGES else None)
