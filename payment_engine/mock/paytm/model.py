"""Orders, the one attempt to pay each, refunds and cards; amounts in paise."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from payment_engine.mock.card_numbers import DECLINES, is_card_number

CARD_SCHEMES: Mapping[str, str] = {
    "4": "VISA",
    "5": "MASTER",
    "2": "MASTER",
    "3": "AMEX",
    "6": "RUPAY",
}
"""By the first digit."""
BANKS: Mapping[str, str] = {
    "HDFC": "HDFC Bank",
    "ICICI": "ICICI Bank",
    "SBI": "State Bank of India",
    "AXIS": "Axis Bank",
    "NKMB": "Kotak Bank",
    "PNB": "Punjab National Bank",
}
_VPA = re.compile(r"[A-Za-z0-9._-]{1,256}@[A-Za-z0-9]{2,64}")
INSTRUMENTS = {
    "CREDIT_CARD": "CARD",
    "DEBIT_CARD": "CARD",
    "EMI": "CARD",
    "NET_BANKING": "NB",
    "UPI": "UPI",
    "UPI_INTENT": "UPI",
}
PENDING = "PENDING"
PAID = "TXN_SUCCESS"
FAILED = "TXN_FAILURE"


@dataclass(frozen=True)
class Card:
    """A card without its number and its security code, which are never stored."""

    scheme: str
    bin: str
    last4: str
    expiry: str
    """``MMYYYY``."""
    decline: str | None = None
    """Why the issuer will decline it; None for a good card."""


def read_card(number: str, expiry: str) -> Card | None:
    """The card without its number; None if the number is invalid."""
    digits = number.replace(" ", "")
    if not is_card_number(digits):
        return None
    scheme = CARD_SCHEMES.get(digits[0])
    if scheme is None:
        return None
    return Card(scheme, digits[:6], digits[-4:], expiry, DECLINES.get(digits))


@dataclass
class Attempt:
    """An attempt to pay; an order has only one."""

    page_key: str
    """Identifies its customer's page."""
    mode: str
    """``paymentMode`` of the request: ``UPI``, ``UPI_INTENT``, ``CREDIT_CARD``, ``BALANCE``..."""
    paise: int
    created: datetime
    txn_id: str = ""
    """Empty where the customer left before a transaction existed."""
    status: str = PENDING
    code: str = "402"
    bank: str = ""
    vpa: str = ""
    card: Card | None = None
    save_card: bool = False
    bank_txn_id: str = ""
    arn: str = ""
    """The acquirer's number for a card payment; empty until it is reported."""
    hosted: bool = False
    """Whether it was started on Paytm's own page."""
    message: str | None = None
    """Replaces the message of the code."""
    ended: datetime | None = None

    @property
    def upi(self) -> bool:
        """Whether it is paid in a UPI app."""
        return self.mode.startswith("UPI")

    @property
    def time(self) -> datetime:
        """When it ended; before that, when it was created."""
        return self.ended or self.created

    @property
    def instrument(self) -> str:
        """``CARD``, ``UPI``, ``NB`` or ``WALLET``."""
        return INSTRUMENTS.get(self.mode, "WALLET")

    @property
    def returns_to_shop(self) -> bool:
        """Whether the browser is at Paytm or the bank, and returns by callback."""
        return self.hosted or not self.upi


@dataclass
class Refund:
    """A refund; PENDING until it has succeeded or failed."""

    ref: str
    refund_id: str
    paise: int
    created: datetime
    comments: str = ""
    status: str = PENDING
    code: str = "601"
    accepted: datetime | None = None
    ended: datetime | None = None
    rrn: str = ""

    @property
    def is_pending(self) -> bool:
        """Whether it may still succeed or fail."""
        return self.status == PENDING


@dataclass
class Order:
    """An order of the merchant, and the session of its token."""

    order_id: str
    paise: int
    initiate_body: dict[str, Any]
    """The body of the initiate call, as updated since."""
    token: str
    token_expiry: datetime
    phone: str = ""
    """Of the linked wallet; empty until its OTP was validated."""
    otp_phone: str = ""
    otp_expiry: datetime | None = None
    otp_used: bool = False
    otp_tries: int = 0
    attempt: Attempt | None = None
    refunds: list[Refund] = field(default_factory=list)

    @property
    def status(self) -> str:
        """The status that a status call answers."""
        return self.attempt.status if self.attempt else "NO_RECORD_FOUND"

    @property
    def is_closed(self) -> bool:
        """Whether its attempt has ended; its token is then void."""
        return self.attempt is not None and self.attempt.status != PENDING

    @property
    def customer_id(self) -> str:
        """``userInfo.custId`` of the initiate call."""
        user_info = self.initiate_body.get("userInfo")
        return str(user_info.get("custId", "")) if isinstance(user_info, dict) else ""

    @property
    def refunded(self) -> int:
        """Paise refunded or about to be: every refund that has not failed counts."""
        return sum(refund.paise for refund in self.refunds if refund.status != FAILED)

    def allows(self, mode: str) -> bool:
        """Whether the initiate call enables this payment mode, or does not disable it."""
        mode = "UPI" if mode == "UPI_INTENT" else mode
        enabled = _listed_modes(self.initiate_body.get("enablePaymentMode"))
        disabled = _listed_modes(self.initiate_body.get("disablePaymentMode"))
        return (not enabled or mode in enabled) and mode not in disabled


def _listed_modes(value: object) -> set[str]:
    entries = value if isinstance(value, list) else []
    return {str(each.get("mode")) for each in entries if isinstance(each, dict)}


def is_vpa(text: str) -> bool:
    """Whether it has the form of a UPI id."""
    return _VPA.fullmatch(text) is not None
