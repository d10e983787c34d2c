"""The values that cross to and from gateways, and the three ways a call may fail."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Literal

from pydantic import SecretStr

from payment_engine.domain.cards import CardState
from payment_engine.domain.money import Paise
from payment_engine.domain.states import AttemptStatus, RefundStatus


class Method(StrEnum):
    """How a customer pays."""

    UPI_INTENT = "upi_intent"
    UPI_QR = "upi_qr"
    UPI_COLLECT = "upi_collect"
    CARD = "card"
    NETBANKING = "netbanking"
    WALLET = "wallet"


class Platform(StrEnum):
    """Where the checkout runs; decides which UPI flows make sense (UPI-4)."""

    ANDROID = "android"
    IOS = "ios"
    MOBILE_WEB = "mobile_web"
    DESKTOP = "desktop"


class GatewayFailure(Exception):
    """A gateway call that gave no answer about the money. Never a decline: that is a value."""


class NotSent(GatewayFailure):
    """Proof that no byte of the request left: safe to send elsewhere."""


class Saturated(NotSent):
    """Our own bound on calls to this gateway was reached: says nothing about its health."""


class Refused(GatewayFailure):
    """The gateway read the request and would not act on it; ``code`` is its own word."""

    def __init__(self, code: str, message: str = "") -> None:
        super().__init__(f"{code}: {message}" if message else code)
        self.code = code


class LinkEnded(Refused):
    """A wallet's provider no longer honours its link: the customer must link it again (WAL-1)."""


class WrongProof(Refused):
    """What the customer gave to link a wallet is not right; they may try once more (WAL-1)."""


class Unknown(GatewayFailure):
    """The request may have left and nothing usable came back: ask, never resend (MOD-8)."""


@dataclass(frozen=True, kw_only=True)
class Customer:
    """Who pays: the shop's own reference, and what a gateway may ask for."""

    ref: str
    phone: str | None = None
    email: str | None = None
    name: str | None = None


@dataclass(frozen=True, kw_only=True)
class Client:
    """What the checkout told us about the customer's device; None where it did not say."""

    platform: Platform | None = None
    ip: str | None = None
    user_agent: str | None = None
    upi_apps: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class UpiIntent:
    """A UPI app on the customer's device: ``app`` by its name in domain/upi.py, or any."""

    method: ClassVar[Method] = Method.UPI_INTENT
    app: str | None = None


@dataclass(frozen=True, kw_only=True)
class UpiQr:
    """A UPI app on another device, which scans a QR code."""

    method: ClassVar[Method] = Method.UPI_QR


@dataclass(frozen=True, kw_only=True)
class UpiCollect:
    """A request for payment, sent to a UPI id."""

    method: ClassVar[Method] = Method.UPI_COLLECT
    vpa: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class CardToken:
    """A new card that the browser exchanged at the gateway for a token of one use."""

    method: ClassVar[Method] = Method.CARD
    token: SecretStr
    save: bool = False
    """The customer agreed that the gateway saves this card."""


@dataclass(frozen=True, kw_only=True)
class CardNumber:
    """A new card as typed, for a merchant certified to pass it through (PCI DSS SAQ D).

    In memory only; never written anywhere.
    """

    method: ClassVar[Method] = Method.CARD
    number: SecretStr
    month: int
    year: int
    cvv: SecretStr
    name: str | None = None
    save: bool = False
    """The customer agreed that the gateway saves this card."""


@dataclass(frozen=True, kw_only=True)
class CardPage:
    """A new card that the customer enters on the gateway's own page."""

    method: ClassVar[Method] = Method.CARD
    save: bool = False
    """The customer agreed that the gateway saves this card."""


@dataclass(frozen=True, kw_only=True)
class CardOnFile:
    """A saved card, by this gateway's token for it."""

    method: ClassVar[Method] = Method.CARD
    token: SecretStr
    cvv: SecretStr | None = None


@dataclass(frozen=True, kw_only=True)
class NetBanking:
    """The customer's bank, by its code in domain/banks.py."""

    method: ClassVar[Method] = Method.NETBANKING
    bank: str


@dataclass(frozen=True, kw_only=True)
class Wallet:
    """A wallet that the customer approves on a page of its provider."""

    method: ClassVar[Method] = Method.WALLET
    wallet: str


@dataclass(frozen=True, kw_only=True)
class LinkedWallet:
    """A wallet that the customer linked, by this gateway's token for the link."""

    method: ClassVar[Method] = Method.WALLET
    token: SecretStr


ChargeSource = (
    UpiIntent
    | UpiQr
    | UpiCollect
    | CardToken
    | CardNumber
    | CardPage
    | CardOnFile
    | NetBanking
    | Wallet
    | LinkedWallet
)
"""What a charge pays with: one shape each, and adapters ``match`` on it."""


@dataclass(frozen=True, kw_only=True)
class Charge:
    """One charge to start. ``ref`` is ours, ``amount`` in paise, secrets in memory only."""

    ref: str
    amount: Paise
    source: ChargeSource
    customer: Customer
    return_url: str
    description: str
    client: Client = field(default_factory=Client)
    capture: bool = True
    """Take the money at once; False holds it until it is captured or voided."""

    @property
    def method(self) -> Method:
        """How the customer pays."""
        return self.source.method

    @property
    def key(self) -> "ChargeKey":
        """How to speak of this charge once it is started."""
        return ChargeKey(ref=self.ref, customer_ref=self.customer.ref, amount=self.amount)


@dataclass(frozen=True, kw_only=True)
class GatewayCard:
    """A card that a gateway keeps for a customer: only what may be stored (TOK-1)."""

    token: SecretStr
    state: CardState
    network: str
    last4: str
    last4_source: Literal["card", "token"] = "card"
    kind: str | None = None
    issuer: str | None = None
    fingerprint: SecretStr | None = None
    cvv_less: bool = False


@dataclass(frozen=True, kw_only=True)
class CardFacts:
    """What a gateway knows of the first digits of a card; None where it said nothing."""

    network: str | None = None
    kind: str | None = None
    issuer: str | None = None
    country: str | None = None
    tokenizable: bool | None = None


@dataclass(frozen=True, kw_only=True)
class VpaFacts:
    """Whether a UPI id exists; the payer's name is shown and never kept (UPI-8)."""

    valid: bool
    name: str | None = None


@dataclass(frozen=True, kw_only=True)
class LinkRequest:
    """A wallet to link; an OTP goes to the customer's phone.

    ``ref`` and ``amount`` (paise) are those of the charge it is meant for: some providers' links
    live inside one order.
    """

    ref: str
    amount: Paise
    customer: Customer
    return_url: str
    client: Client = field(default_factory=Client)


@dataclass(frozen=True, kw_only=True)
class LinkStart:
    """What linking needs next: an OTP where ``url`` is None, else the customer's consent there."""

    state: SecretStr
    """What the gateway needs to finish; opaque, and sealed while it waits."""
    url: str | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class WalletLink:
    """A linked wallet: ``token`` is opaque, sealed at rest, and given as a charge's instrument."""

    token: SecretStr
    expires_at: datetime | None = None
    ref: str | None = None
    """The only charge that it pays, for a provider whose links live inside one order."""


@dataclass(frozen=True, kw_only=True)
class ChargeKey:
    """How to speak of a charge that was started: our reference first, the rest is information."""

    ref: str
    customer_ref: str
    amount: Paise
    gateway_payment_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class NextAction:
    """The one thing the checkout does next.

    ``redirect`` has url, http_method and fields; ``upi_intent`` and ``upi_qr`` have uri.
    """

    kind: Literal["redirect", "upi_intent", "upi_qr", "upi_collect", "otp", "none"]
    url: str | None = None
    http_method: Literal["GET", "POST"] = "GET"
    fields: Mapping[str, str] = field(default_factory=dict)
    uri: str | None = None
    payee_name: str | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class ChargeState:
    """What a gateway says about one charge, whichever way it reached us.

    ``gateway_status`` is verbatim; amount (paise), currency and merchant_id are as reported,
    None where it said nothing, and are compared with our own record before any success counts.
    """

    ref: str
    status: AttemptStatus
    gateway_status: str
    amount: Paise | None = None
    currency: str | None = None
    merchant_id: str | None = None
    gateway_payment_id: str | None = None
    rrn: str | None = None
    decline_code: str | None = None
    gateway_code: str | None = None
    gateway_message: str | None = None
    captured: Paise | None = None
    """How much of it was taken, where that is less than the whole."""
    payer_vpa: SecretStr | None = None
    """The UPI id that pays; only its keyed hash is kept."""
    next_action: NextAction | None = None
    recognised: bool = True
    """False where the status is in no table of ours: held as pending and counted (MOD-11)."""
    explained: bool = True
    """False where the code of a decline is in no table of ours: told by its status, and counted."""


@dataclass(frozen=True, kw_only=True)
class RefundState:
    """What a gateway says about one refund; ``amount`` in paise.

    ``charge_ref`` is None where a notice names no charge of ours beside the refund.
    """

    ref: str
    charge_ref: str | None
    status: RefundStatus
    gateway_status: str
    amount: Paise | None = None
    gateway_refund_id: str | None = None
    arn: str | None = None
    rrn: str | None = None
    gateway_code: str | None = None
    recognised: bool = True


ChargeOutcome = ChargeState | GatewayFailure
"""What came of asking a gateway about a charge."""
RefundOutcome = RefundState | GatewayFailure
"""What came of asking a gateway about a refund."""


@dataclass(frozen=True, kw_only=True)
class WebhookEvent:
    """A verified, parsed webhook: the states it carries, and the id it is known by."""

    event_id: str
    kind: str
    charges: tuple[ChargeState, ...] = ()
    refunds: tuple[RefundState, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Return:
    """What a customer's browser brought back: a hint about one charge, signed or not (MOD-4)."""

    ref: str
    signed: bool


@dataclass(frozen=True, kw_only=True)
class CardEntry:
    """Where a browser sends a card number to get the gateway's one-time token for it (PCI-9)."""

    url: str
    merchant_id: str
