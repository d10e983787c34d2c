"""Juspay's order statuses and their numbers, and what a failed attempt says of itself."""

from collections.abc import Mapping
from dataclasses import dataclass

STATUS_IDS: Mapping[str, int] = {
    "CREATED": 1,
    "NEW": 10,
    "STARTED": 20,
    "CHARGED": 21,
    "JUSPAY_DECLINED": 22,
    "PENDING_VBV": 23,
    "VBV_SUCCESSFUL": 24,
    "AUTHORIZED": 25,
    "AUTHENTICATION_FAILED": 26,
    "AUTHORIZATION_FAILED": 27,
    "AUTHORIZING": 28,
    "COD_INITIATED": 29,
    "VOIDED": 31,
    "VOID_INITIATED": 32,
    "CAPTURE_INITIATED": 33,
    "CAPTURE_FAILED": 34,
    "VOID_FAILED": 35,
    "AUTO_REFUNDED": 36,
    "NOT_FOUND": 40,
    "ERROR": -1,
}
"""PARTIAL_CHARGED and TO_BE_CHARGED exist too; their numbers are not documented."""

WAITING = frozenset({"PENDING_VBV", "AUTHORIZING", "STARTED", "VBV_SUCCESSFUL"})
HELD = frozenset(
    {"AUTHORIZED", "CAPTURE_INITIATED", "CAPTURE_FAILED", "VOID_INITIATED", "VOID_FAILED"}
)
TAKEN = frozenset({"CHARGED", "PARTIAL_CHARGED"})
FAILED = frozenset({"JUSPAY_DECLINED", "AUTHENTICATION_FAILED", "AUTHORIZATION_FAILED"})


@dataclass(frozen=True)
class Failure:
    """The status of a declined attempt, and the bank's code and words for it."""

    status: str
    code: str
    message: str


FAILURES: Mapping[str, Failure] = {
    "declined": Failure("AUTHORIZATION_FAILED", "05", "Do not honour"),
    "insufficient_funds": Failure("AUTHORIZATION_FAILED", "51", "Insufficient funds"),
    "expired_card": Failure("AUTHORIZATION_FAILED", "54", "Expired card"),
    "limit_exceeded": Failure("AUTHORIZATION_FAILED", "61", "Exceeds withdrawal amount limit"),
    "wrong_otp": Failure("AUTHENTICATION_FAILED", "OTP", "Incorrect OTP entered"),
    "customer_cancelled": Failure("AUTHENTICATION_FAILED", "CANCELLED", "Cancelled by customer"),
    "bank_down": Failure("AUTHORIZATION_FAILED", "91", "Issuer or switch is inoperative"),
    "expired": Failure("AUTHORIZATION_FAILED", "TIMEOUT", "Customer did not respond in time"),
    "token_not_active": Failure("AUTHORIZATION_FAILED", "62", "Card token is not active"),
    "risk": Failure("JUSPAY_DECLINED", "RISK", "Declined for risk"),
    "juspay_declined": Failure("JUSPAY_DECLINED", "JUSPAY_DECLINED", "Declined by Juspay"),
}
UPI_FAILURES: Mapping[str, Failure] = {
    "declined": Failure("AUTHORIZATION_FAILED", "ZA", "Transaction declined by customer"),
    "customer_cancelled": Failure("AUTHORIZATION_FAILED", "ZA", "Transaction declined by customer"),
    "insufficient_funds": Failure("AUTHORIZATION_FAILED", "Z9", "Insufficient funds in account"),
    "wrong_pin": Failure("AUTHORIZATION_FAILED", "ZM", "Invalid UPI PIN"),
    "expired": Failure("AUTHORIZATION_FAILED", "U69", "Collect request expired"),
    "bank_down": Failure("AUTHORIZATION_FAILED", "U30", "Debit has been failed"),
}


def failure(reason: str, *, upi: bool) -> Failure | None:
    """How a declined attempt ends for a reason of ours; None for a reason we do not have."""
    return (UPI_FAILURES.get(reason) if upi else None) or FAILURES.get(reason)
