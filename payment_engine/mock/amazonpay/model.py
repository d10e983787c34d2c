"""Charges, refunds, and the customers' wallets with their links to the shop; amounts in paise."""

from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

PENDING = frozenset({"CapturePending"})
FAILED = frozenset({"Declined", "Failed"})


@dataclass
class Wallet:
    """A customer's balance."""

    customer: str
    balance: int
    kyc: bool = True

    def debit(self, paise: int) -> bool:
        """Debit the amount; False if the balance is too low."""
        if self.balance < paise:
            return False
        self.balance -= paise
        return True


@dataclass
class Refund:
    """A refund; Pending until it is Approved or Declined."""

    refund_id: str
    amazon_refund_id: str
    paise: int
    created: datetime
    updated: datetime
    status: str = "Pending"


@dataclass
class Charge:
    """One attempt to charge a wallet."""

    charge_id: str
    amazon_charge_id: str
    wallet: Wallet
    paise: int
    created: datetime
    updated: datetime
    expires: datetime
    callback_url: str
    note: str = ""
    custom_data: str = ""
    status: str = "CapturePending"
    scripted_status: str = ""
    """A status that is reported instead of the real one."""
    reason: tuple[str, str] = ("01", "Txn Pending")
    """Code and description of the status."""
    page_token: str = ""
    """The token of the customer's page; empty where the customer is not asked."""
    refunds: list[Refund] = field(default_factory=list)

    @property
    def reported_status(self) -> str:
        """The status in answers and notifications."""
        return self.scripted_status or self.status

    @property
    def is_paid(self) -> bool:
        """Whether the customer was charged."""
        return self.status == "CaptureApproved"

    @property
    def is_waiting(self) -> bool:
        """Whether it waits for its customer."""
        return bool(self.page_token) and self.status in PENDING

    @property
    def refundable(self) -> int:
        """Paise that may still be refunded."""
        refunded = sum(each.paise for each in self.refunds if each.status != "Declined")
        return self.paise - refunded if self.is_paid else 0


@dataclass(frozen=True, kw_only=True)
class Code:
    """The consent code that a customer's browser brings to the shop; it is valid once."""

    wallet: Wallet
    redirect_uri: str
    challenge: str
    """Empty for a web shop, which has a client secret instead."""
    method: str
    """``S256`` or ``plain``."""
    expires: datetime

    def is_proved_by(self, verifier: str) -> bool:
        """Whether the challenge was made from ``verifier``."""
        if self.method != "S256":
            return verifier == self.challenge
        digest = sha256(verifier.encode()).digest()
        return urlsafe_b64encode(digest).rstrip(b"=").decode() == self.challenge


@dataclass
class Link:
    """A customer's lasting consent; that of a ``web`` shop is refreshed with its secret."""

    wallet: Wallet
    web: bool
    active: bool = True
    """Whether its tokens are valid."""
