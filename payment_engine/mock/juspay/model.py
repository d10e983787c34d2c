"""Orders, the attempts to pay them, and refunds; amounts in paise."""

from dataclasses import dataclass, field
from datetime import datetime

from payment_engine.mock.juspay.locker import SavedCard
from payment_engine.mock.juspay.purse import Wallet
from payment_engine.mock.juspay.statuses import TAKEN
from payment_engine.mock.juspay.testcards import Card


@dataclass
class Txn:
    """One attempt of a customer to pay an order."""

    txn_id: str
    txn_uuid: str
    amount: int
    created: str
    method_type: str
    method: str
    flow: str = ""
    """COLLECT, PAY or QR for UPI, otherwise empty."""
    status: str = "PENDING_VBV"
    payer_vpa: str = ""
    card: Card | None = None
    saved: SavedCard | None = None
    """The saved card that pays, where one does."""
    kept: SavedCard | None = None
    """What the locker got by this payment."""
    save: bool = False
    tokenise: bool = False
    """Whether the customer agreed to a network's token of the card."""
    codes_sent: int = 1
    """How often the bank sent a one-time password."""
    wallet: Wallet | None = None
    """The linked wallet that is debited without its customer's doing."""
    captured: int = 0
    error_code: str = ""
    error_message: str = ""
    resp_code: str | None = None
    rrn: str = ""
    epg_txn_id: str = ""
    auth_id_code: str = ""

    @property
    def upi(self) -> bool:
        """Whether it is paid in a UPI app rather than on a page that returns to the shop."""
        return self.method_type == "UPI"


@dataclass
class Refund:
    """Money going back; PENDING until it went, or did not."""

    unique_request_id: str
    amount: int
    created: datetime
    source: str = "RAZORPAY"
    kind: str = "STANDARD"
    """STANDARD, or INSTANT where it is paid out to the card."""
    status: str = "PENDING"
    ref: str | None = None
    arn: str | None = None
    error_code: str | None = None
    error_message: str = ""
    done: str | None = None


@dataclass
class Order:
    """What a merchant wants to be paid for."""

    id: str
    order_id: str
    amount: int
    created: str
    currency: str = "INR"
    fields: dict[str, str] = field(default_factory=dict)
    """What the merchant sent and gets echoed, dotted."""
    link_until: datetime | None = None
    """When the payment page of a session closes; None where it stays open."""
    client_token: str | None = None
    client_token_expiry: datetime | None = None
    txns: list[Txn] = field(default_factory=list)
    refunds: list[Refund] = field(default_factory=list)

    @property
    def txn(self) -> Txn | None:
        """The attempt that the order shows: the charged one, else the latest."""
        charged = [txn for txn in self.txns if txn.status in TAKEN]
        shown = charged or self.txns
        return shown[-1] if shown else None

    @property
    def status(self) -> str:
        """The status of the attempt shown; NEW before the first."""
        return self.txn.status if self.txn else "NEW"

    @property
    def auto_capture(self) -> bool:
        """False for a pre-authorisation that waits for its capture."""
        return self.fields.get("metadata.txns.auto_capture", "true").lower() not in ("false", "0")

    @property
    def amount_refunded(self) -> int:
        """Paise given back or about to be: whatever has not failed counts."""
        return sum(refund.amount for refund in self.refunds if refund.status != "FAILURE")

    @property
    def refundable(self) -> int:
        """Paise that may still be given back."""
        taken = self.txn.captured if self.txn else 0
        return taken - self.amount_refunded
