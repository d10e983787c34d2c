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
_VPA = re.compile(r"[A-Za-z0-9._-]{2,256}@[A-Za-z0-9]{2,64}")
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
    """What may be kept of a card: never its number, never its code."""

    scheme: str
    bin: str
    last4: str
    expiry: str
    """``MMYYYY``."""
    decline: str | None = None
    """Why the issuer will refuse it; None for a good card."""


def read_card(number: str, expiry: str) -> Card | None:
    """The card without its number; None if that cannot be one's.

    The numbers that end in a decline are the same ones as at the other gateways.
    """
    digits = number.replace(" ", "")
    if not is_card_number(digits):
        return None
    scheme = CARD_SCHEMES.get(digits[0])
    if scheme is None:
        return None
    return Card(scheme, digits[:6], digits[-4:], expiry, DECLINES.get(digits))


@dataclass
class Attempt:
    """A customer's try to pay; an order has one."""

    key: str
    """Names its customer's page."""
    mode: str
    """``paymentMode`` of the request: ``UPI``, ``UPI_INTENT``, ``CREDIT_CARD``, ``BALANCE``..."""
    paise: int
    created: datetime
    txn_id: str = ""
    """Empty for an order that its customer gave up before paying."""
    status: str = PENDING
    code: str = "402"
    bank: str = ""
    vpa: str = ""
    card: Card | None = None
    save_card: bool = False
    bank_txn_id: str = ""
    hosted: bool = False
    """Whether it was begun on Paytm's own page."""
    message: str | None = None
    """In place of the code's usual words."""
    done: datetime | None = None

    @property
    def upi(self) -> bool:
        """Whether it is paid in a UPI app."""
        return self.mode.startswith("UPI")

    @property
    def returns(self) -> bool:
        """Whether the browser is with Paytm or the bank, and goes back by callback."""
        return self.hosted or not self.upi


@dataclass
class Refund:
    """Money going back; PENDING until it went, or did not."""

    ref: str
    refund_id: str
    paise: int
    created: datetime
    comments: str = ""
    status: str = PENDING
    code: str = "601"
    accepted: datetime | None = None
    done: datetime | None = None
    rrn: str = ""

    @property
    def moving(self) -> bool:
        """Whether it may still end either way."""
        return self.status == PENDING


@dataclass
class Order:
    """What a merchant wants to be paid for, and the session that its token stands for."""

    order_id: str
    paise: int
    asked: dict[str, Any]
    """The body of the initiate call."""
    token: str
    token_until: datetime
    phone: str = ""
    """Of the wallet that is linked, once its OTP was right."""
    otp_phone: str = ""
    otp_until: datetime | None = None
    otp_used: bool = False
    otp_tries: int = 0
    attempt: Attempt | None = None
    refunds: list[Refund] = field(default_factory=list)

    @property
    def status(self) -> str:
        """What a status call says first."""
        return self.attempt.status if self.attempt else "NO_RECORD_FOUND"

    @property
    def closed(self) -> bool:
        """Whether its attempt has ended, and its token with it."""
        return self.attempt is not None and self.attempt.status != PENDING

    @property
    def customer(self) -> dict[str, Any]:
        """``userInfo`` of the initiate call."""
        found = self.asked.get("userInfo")
        return found if isinstance(found, dict) else {}

    @property
    def refunded(self) -> int:
        """Paise given back or about to be: whatever has not failed counts."""
        return sum(refund.paise for refund in self.refunds if refund.status != FAILED)


def instrument(attempt: Attempt) -> str:
    """``CARD``, ``UPI``, ``NB`` or ``WALLET``."""
    return INSTRUMENTS.get(attempt.mode, "WALLET")


def mode_enabled(order: Order, mode: str) -> bool:
    """Whether the initiate call lets this mode be used."""
    wanted = "UPI" if mode == "UPI_INTENT" else mode
    allowed = _listed_modes(order.asked.get("enablePaymentMode"))
    return (not allowed or wanted in allowed) and wanted not in _listed_modes(
        order.asked.get("disablePaymentMode")
    )


def _listed_modes(listed: object) -> set[str]:
    entries = listed if isinstance(listed, list) else []
    return {str(each.get("mode")) for each in entries if isinstance(each, dict)}


def is_vpa(text: str) -> bool:
    """Whether it could be a UPI id."""
    return _VPA.fullmatch(text) is not None
