"""Orders, transactions, refunds, customers, wallets and cards; amounts in paise."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

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
AUTHORIZED = frozenset(
    {"AUTHORIZED", "CAPTURE_INITIATED", "CAPTURE_FAILED", "VOID_INITIATED", "VOID_FAILED"}
)
CHARGED = frozenset({"CHARGED", "PARTIAL_CHARGED"})
FAILED = frozenset({"JUSPAY_DECLINED", "AUTHENTICATION_FAILED", "AUTHORIZATION_FAILED"})


@dataclass(frozen=True)
class Failure:
    """The status of a declined attempt, and the bank's code and message."""

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
    "limit_exceeded": Failure("AUTHORIZATION_FAILED", "Z8", "Per transaction limit exceeded"),
}
PAGE_FAILURES: Mapping[str, Failure] = {
    "declined": Failure("AUTHORIZATION_FAILED", "AUTHORIZATION_FAILED", "Declined by the bank"),
    "insufficient_funds": Failure("AUTHORIZATION_FAILED", "INSUFFICIENT_FUNDS", "Low balance"),
    "limit_exceeded": Failure("AUTHORIZATION_FAILED", "LIMIT_EXCEEDED", "Limit exceeded"),
    "customer_cancelled": Failure("AUTHENTICATION_FAILED", "USER_DROPPED", "Left the page"),
    "bank_down": Failure("AUTHORIZATION_FAILED", "ISSUER_DOWN", "Bank not available"),
    "expired": Failure("AUTHENTICATION_FAILED", "TXN_EXPIRED", "Transaction expired"),
}
"""Net banking and wallets have Juspay's words and no codes of a card's or UPI's."""
_FAILURES_OF = {"UPI": UPI_FAILURES, "CARD": FAILURES}


def failure_for(reason: str, method_type: str) -> Failure | None:
    """How an attempt ends that is declined for ``reason``; None for an unknown reason."""
    return _FAILURES_OF.get(method_type, PAGE_FAILURES).get(reason) or FAILURES.get(reason)


_BRANDS = (
    ("34", "AMEX"),
    ("37", "AMEX"),
    ("36", "DINERS"),
    ("38", "DINERS"),
    ("2", "MASTERCARD"),
    ("4", "VISA"),
    ("5", "MASTERCARD"),
    ("6", "RUPAY"),
)
CVV_LESS = frozenset({"VISA", "MASTERCARD", "RUPAY"})
"""Networks that take a tokenised card without its security code."""


@dataclass(frozen=True)
class Bin:
    """A range of cards of one bank."""

    brand: str
    bank: str = "Mock Bank"
    bank_code: str = "JP_MOCK"
    country: str = "INDIA"
    type: str = "CREDIT"
    sub_type: str = "CLASSIC"
    tokenizes: bool = True
    direct_otp: bool = False
    atm_pin: bool = False
    mandates: bool = True

    @property
    def foreign(self) -> bool:
        """Issued abroad, where RBI's ban on storing card numbers does not apply."""
        return self.country != "INDIA"


BINS: Mapping[str, Bin] = {
    "424242": Bin("VISA", "HDFC Bank", "JP_HDFC", direct_otp=True),
    "411111": Bin("VISA", "JPMorgan Chase", "JP_CHASE", "UNITED STATES", tokenizes=False),
    "529992": Bin("MASTERCARD", "ICICI Bank", "JP_ICICI", type="DEBIT", direct_otp=True),
    "607432": Bin("RUPAY", "State Bank of India", "JP_SBI", type="DEBIT", atm_pin=True),
    "360886": Bin("DINERS", "HDFC Bank", "JP_HDFC", sub_type="PREMIUM", direct_otp=True),
    "400022": Bin("VISA", "Cooperative Bank", "JP_COOP", tokenizes=False, mandates=False),
    "543715": Bin("MASTERCARD", "Deutsche Bank", "JP_DEUTSCHE", "GERMANY", tokenizes=False),
}
"""Of Juspay's test cards 4111... is foreign here; cards of other ranges are Indian."""


def bin_of(digits: str) -> Bin | None:
    """The range of a number or of its first digits; None where no network has them."""
    if listed := BINS.get(digits[:6]):
        return listed
    brand = next((brand for start, brand in _BRANDS if digits.startswith(start)), None)
    return replace(Bin(""), brand=brand) if brand else None


@dataclass(frozen=True)
class Card:
    """A card without its number and its security code, which are never stored."""

    brand: str
    isin: str
    last4: str
    name: str
    month: str
    year: str
    fingerprint: str = ""
    """The same for the same number, which cannot be computed from it."""
    decline: str | None = None
    """Why the issuer will decline it; None for a good card."""

    def is_expired(self, now: datetime) -> bool:
        """Whether the month printed on it has passed."""
        return (int(self.year), int(self.month)) < (now.year, now.month)


@dataclass
class NetworkToken:
    """What a network issued in place of a card's number; it expires after the card."""

    reference: str
    par: str
    isin: str
    last4: str
    """The token's own last digits, not the card's."""
    month: str
    year: str
    state: str = "ACTIVE"

    def status(self, now: datetime) -> str:
        """INITIATED, ACTIVE, SUSPENDED, or EXPIRED by the date."""
        expired = (int(self.year), int(self.month)) < (now.year, now.month)
        return "EXPIRED" if expired else self.state


@dataclass
class SavedCard:
    """A card that a customer saved."""

    reference: str
    """Never changes, unlike the tokens that pay with it."""
    customer_id: str
    card: Card
    nickname: str = ""
    network_token: NetworkToken | None = None
    """None for a foreign card, whose number Juspay stores itself."""

    def is_payable(self, now: datetime) -> bool:
        """Whether its network accepts it."""
        return self.network_token is None or self.network_token.status(now) == "ACTIVE"


CUSTOMER_FIELDS = (
    "mobile_number",
    "mobile_country_code",
    "email_address",
    "first_name",
    "last_name",
)


@dataclass
class Customer:
    """A customer; ``fields`` are those of CUSTOMER_FIELDS that the merchant sent."""

    id: str
    reference: str
    created: str
    updated: str
    fields: dict[str, str] = field(default_factory=dict)


WALLETS = {
    "PAYTM": "Paytm Wallet",
    "MOBIKWIK": "MobiKwik Wallet",
    "PHONEPE": "PhonePe Wallet",
    "AMAZONPAY": "Amazon Pay",
    "FREECHARGE": "Freecharge Wallet",
}


@dataclass
class Wallet:
    """One wallet of one customer; the balance is in paise."""

    id: str
    customer_id: str
    name: str
    mobile: str
    balance: int
    refreshed: str
    linked: bool = False
    otp_sent: bool = False


WITHOUT_CUSTOMER = frozenset({"MOTO", "NO_THREE_DS"})
"""``auth_type`` of cards that a shop charges without their customer: mail and telephone orders,
and merchants that need no authentication.
"""


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
    auth_type: str = ""
    """How the holder of a card shows that it is theirs; THREE_DS unless the shop says otherwise."""
    saved_card: SavedCard | None = None
    """The saved card that pays, if one does."""
    newly_saved_card: SavedCard | None = None
    """The card that was saved by this payment."""
    save_card: bool = False
    tokenise: bool = False
    """Whether the customer agreed to tokenise the card at its network."""
    codes_sent: int = 1
    """How often the bank sent a one-time password."""
    wallet: Wallet | None = None
    """The linked wallet that is debited directly, without asking the customer."""
    captured: int = 0
    captures: dict[str, int] = field(default_factory=dict)
    """Partial captures by their ``idempotence_key``, in paise."""
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

    @property
    def without_customer(self) -> bool:
        """Whether the charge needs nothing of its customer."""
        return self.auth_type in WITHOUT_CUSTOMER


@dataclass
class Refund:
    """A refund; PENDING until it has succeeded or failed."""

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
    initiated_by: str = "API"


@dataclass
class Order:
    """An order of the merchant."""

    id: str
    order_id: str
    amount: int
    created: str
    currency: str = "INR"
    fields: dict[str, str] = field(default_factory=dict)
    """What the merchant sent, by dotted names; some of it is echoed."""
    link_expiry: datetime | None = None
    """When the payment page of a session closes; None where it stays open."""
    client_token: str | None = None
    client_token_expiry: datetime | None = None
    txns: list[Txn] = field(default_factory=list)
    refunds: list[Refund] = field(default_factory=list)

    @property
    def txn(self) -> Txn | None:
        """The attempt that order documents show: the charged one, else the latest."""
        charged = [txn for txn in self.txns if txn.status in CHARGED]
        candidates = charged or self.txns
        return candidates[-1] if candidates else None

    @property
    def status(self) -> str:
        """The status of that attempt; NEW before the first."""
        return self.txn.status if self.txn else "NEW"

    @property
    def auto_capture(self) -> bool:
        """False for a pre-authorisation that waits for its capture."""
        return self.fields.get("metadata.txns.auto_capture", "true").lower() not in ("false", "0")

    @property
    def amount_refunded(self) -> int:
        """Paise refunded or about to be: every refund that has not failed counts."""
        return sum(refund.amount for refund in self.refunds if refund.status != "FAILURE")

    @property
    def refundable(self) -> int:
        """Paise that may still be refunded."""
        captured = self.txn.captured if self.txn else 0
        return captured - self.amount_refunded
