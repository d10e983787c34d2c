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
        """Take all of it, or nothing and say so."""
        if self.balance < paise:
            return False
        self.balance -= paise
        return True


@dataclass
class Refund:
    """Money going back; Pending until it went (Approved), or did not (Declined)."""

    refund_id: str
    amazon_refund_id: str
    paise: int
    created: datetime
    updated: datetime
    status: str = "Pending"


@dataclass
class Charge:
    """One try to be paid out of a wallet."""

    charge_id: str
    amazon_charge_id: str
    wallet: Wallet
    paise: int
    created: datetime
    updated: datetime
    lapses: datetime
    callback_url: str
    note: str = ""
    custom_data: str = ""
    status: str = "CapturePending"
    says: str = ""
    """A status that is shown instead of the true one."""
    reason: tuple[str, str] = ("01", "Txn Pending")
    """Code and words for what the status says."""
    page: str = ""
    """The token of the page that asks the customer; empty when none is asked."""
    refunds: list[Refund] = field(default_factory=list)

    @property
    def shown(self) -> str:
        """The status as answers and notifications give it."""
        return self.says or self.status

    @property
    def paid(self) -> bool:
        """Whether the customer's money was taken."""
        return self.status == "CaptureApproved"

    @property
    def waiting(self) -> bool:
        """Whether the customer is still being asked."""
        return bool(self.page) and self.status in PENDING

    @property
    def refundable(self) -> int:
        """What may still be asked back."""
        asked = sum(each.paise for each in self.refunds if each.status != "Declined")
        return self.paise - asked if self.paid else 0


@dataclass(frozen=True, kw_only=True)
class Code:
    """What a customer's browser brings to the shop: good once, and not for long."""

    wallet: Wallet
    redirect_uri: str
    challenge: str
    """Empty where the shop keeps a secret instead."""
    method: str
    """``S256`` or ``plain``."""
    until: datetime

    def proved_by(self, verifier: str) -> bool:
        """Whether ``verifier`` is what the challenge was made from."""
        if self.method != "S256":
            return verifier == self.challenge
        digest = sha256(verifier.encode()).digest()
        return urlsafe_b64encode(digest).rstrip(b"=").decode() == self.challenge


@dataclass
class Link:
    """A customer's lasting consent; ``web`` ones are refreshed with the shop's secret."""

    wallet: Wallet
    web: bool
    active: bool = True
    """Whether its tokens open anything."""
