"""What a decline means for the customer: our codes, words, and what can be done (UPI-17)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Retry = Literal["same", "other", "later", "none"]
Money = Literal["not_debited", "maybe_debited"]


@dataclass(frozen=True)
class Decline:
    """One of our decline codes. ``money``: whether the customer's account may be touched."""

    message: str
    retry: Retry
    money: Money = "not_debited"


DECLINES: Mapping[str, Decline] = {
    "insufficient_funds": Decline(
        "Not enough balance in this account. Try another account or method.", "other"
    ),
    "expired_instrument": Decline("This card has expired. Use another one.", "other"),
    "incorrect_otp": Decline("The code or PIN was not right. Try again.", "same"),
    "authentication_failed": Decline("Your bank could not confirm it was you. Try again.", "same"),
    "declined_by_issuer": Decline("Your bank declined the payment. Try another method.", "other"),
    "limit_exceeded": Decline("This is above your bank's limit. Use another method.", "other"),
    "cancelled_by_customer": Decline("You cancelled the payment. You can try again.", "same"),
    "timed_out": Decline("The time to pay ran out. Start again.", "same"),
    "invalid_vpa": Decline("This UPI ID does not exist. Check it or use an app.", "same"),
    "risk_declined": Decline("Your bank stopped this for safety. Use another method.", "other"),
    "issuer_down": Decline("Your bank is not answering right now. Use another method.", "other"),
    "gateway_declined": Decline("The payment was declined. Try another method.", "other"),
    "gateway_unreachable": Decline("We could not reach the payment network. Try again.", "same"),
    "gateway_rejected": Decline(
        "This method is not working right now. Use another method.", "other"
    ),
    "never_started": Decline("The payment was not started. Try again.", "same"),
    "returned": Decline("The payment came too late and your money was sent back.", "same"),
    "other": Decline("The payment did not go through. Nothing was charged.", "other"),
}


def decline(code: str | None) -> tuple[str, Decline]:
    """The decline for a code; one we do not know is told as ``other``."""
    known = code if code in DECLINES else "other"
    return str(known), DECLINES[str(known)]
