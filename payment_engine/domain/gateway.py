"""What is exchanged with gateways, and the three ways in which a call may fail."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal, NotRequired, Self

from pydantic import SecretStr
from typing_extensions import TypedDict

from payment_engine.domain.cards import CardState
from payment_engine.domain.money import Paise
from payment_engine.domain.payment_methods import ChargeSource, Method
from payment_engine.domain.states import AttemptStatus, RefundStatus


class Platform(StrEnum):
    """Where the checkout runs; decides which UPI flows make sense."""

    ANDROID = "android"
    IOS = "ios"
    MOBILE_WEB = "mobile_web"
    DESKTOP = "desktop"


class FailureCause(StrEnum):
    """Why a gateway call has no usable answer: in logs, metrics, exchanges and timelines."""

    TIMEOUT = "timeout"
    """No answer in time (HTTP 408 included): the request may have arrived."""
    SERVER_ERROR = "server_error"
    """HTTP 5xx."""
    RESET = "reset"
    """The connection ended before the whole answer was there."""
    GARBAGE = "garbage"
    """An answer that cannot be read, or that nothing may rest on."""
    UNAUTHORIZED = "unauthorized"
    """The gateway refuses us, not the request (HTTP 401 and 403, or its own codes for a wrong key,
    merchant id or address): somebody must correct the configuration."""
    THROTTLED = "throttled"
    """HTTP 429."""
    REFUSED = "refused"
    """An error about this request."""
    NEVER_SENT = "never_sent"
    """No connection: no byte of the request left."""
    SATURATED = "saturated"
    """Too many calls wait in this process already."""
    FENCED = "fenced"
    """The heartbeat of this process is old."""
    CANCELLED = "cancelled"
    """Whoever needed the answer stopped waiting for it."""


class GatewayFailure(Exception):
    """A gateway call without a usable answer. A decline is an answer, and therefore a value."""

    cause: FailureCause = FailureCause.GARBAGE
    """What is logged and counted; what is done next follows from the class alone, except that a
    gateway which refuses us counts as down."""
    retry_after: float | None = None
    """Seconds that the gateway wants us to wait before the next call; None if it named none."""

    def because(self, cause: FailureCause) -> Self:
        """The same failure, with another cause than is usual for its class."""
        self.cause = cause
        return self


class NotSent(GatewayFailure):
    """No byte of the request left, provably: it may be sent to another gateway."""

    cause = FailureCause.NEVER_SENT


class Saturated(NotSent):
    """This process could not send it now; the gateway's health is not in question."""

    cause = FailureCause.SATURATED


class Fenced(Saturated):
    """This process may count as dead, since its heartbeat is old: it must not call a gateway."""

    cause = FailureCause.FENCED


class Refused(GatewayFailure):
    """The gateway did not act on the request, as its document says of ``code``, its own.

    ``certain``: neither did it act on any copy of the request that a proxy may have sent before.
    It was refused for what every copy has, such as our key; or nobody can pay what a copy began;
    or nothing was sent.
    """

    cause = FailureCause.REFUSED

    def __init__(self, code: str, message: str = "", *, certain: bool = False) -> None:
        super().__init__(f"{code}: {message}" if message else code)
        self.code = code
        self.certain = certain


class LinkEnded(Refused):
    """The link to a wallet has ended or was revoked: the customer must link it again."""


class WrongProof(Refused):
    """The OTP or consent code for linking a wallet is wrong; the customer may try again."""


class Unknown(GatewayFailure):
    """The request may have arrived, but there is no usable answer: fetch, never send again."""


class Unconfirmed(Unknown):
    """An error that does not prove that nothing was done: a proxy may have sent the request twice.

    It counts as a refusal once a look at the gateway shows nothing. ``code`` is the gateway's own,
    or ``http_`` with the status.
    """

    cause = FailureCause.REFUSED

    def __init__(self, code: str, message: str = "") -> None:
        super().__init__(f"{code}: {message}" if message else code)
        self.code = code


class Throttled(Unconfirmed):
    """Too many requests (HTTP 429): the same request may be made again later."""

    cause = FailureCause.THROTTLED


@dataclass(frozen=True, kw_only=True)
class Customer:
    """Who pays: the shop's reference for them, and the contact data that gateways take."""

    ref: str
    phone: str | None = None
    email: str | None = None
    name: str | None = None


@dataclass(frozen=True, kw_only=True)
class Client:
    """The customer's device, as far as the checkout described it; None if it did not."""

    platform: Platform | None = None
    ip: str | None = None
    user_agent: str | None = None
    upi_apps: tuple[str, ...] = ()


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
        """Identifies this charge once it is started."""
        return ChargeKey(ref=self.ref, customer_ref=self.customer.ref, amount=self.amount)


@dataclass(frozen=True, kw_only=True)
class GatewayCard:
    """A card that a gateway saved for a customer.

    No more than what RBI lets a merchant store of a card: its last four digits, its network and its
    issuer (card-on-file tokenisation, circular of 7 September 2021).
    """

    token: SecretStr
    state: CardState
    network: str
    last4: str
    last4_source: Literal["card", "token"] = "card"
    kind: str | None = None
    issuer: str | None = None
    fingerprint: SecretStr | None = None
    cvv_less: bool | None = None
    """Whether it pays without its CVV; None where the gateway does not say."""


@dataclass(frozen=True, kw_only=True)
class CardFacts:
    """What a gateway knows about a card by its first digits; None for what it does not know."""

    network: str | None = None
    kind: str | None = None
    issuer: str | None = None
    country: str | None = None
    tokenizable: bool | None = None


@dataclass(frozen=True, kw_only=True)
class VpaFacts:
    """Whether a UPI ID exists; the payer's name may be shown, and is never stored."""

    valid: bool
    name: str | None = None


@dataclass(frozen=True, kw_only=True)
class LinkRequest:
    """A wallet to link for a charge of ``ref`` and ``amount`` (paise).

    Some gateways link a wallet only inside one order, which is then the one it can pay.
    """

    ref: str
    amount: Paise
    customer: Customer
    return_url: str
    client: Client = field(default_factory=Client)


@dataclass(frozen=True, kw_only=True)
class LinkStart:
    """What the customer does to link a wallet: give consent at ``url``, or enter an OTP."""

    state: SecretStr
    """What ``link_finish`` needs; opaque, and encrypted where it is stored."""
    url: str | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class WalletLink:
    """A linked wallet. ``token`` is opaque, encrypted where it is stored, and pays charges."""

    token: SecretStr
    expires_at: datetime | None = None
    ref: str | None = None
    """The only charge that it can pay, for a gateway that links a wallet inside one order."""


@dataclass(frozen=True, kw_only=True)
class ChargeKey:
    """Identifies a charge that was started, by our reference; the rest is information."""

    ref: str
    customer_ref: str
    amount: Paise
    gateway_payment_id: str | None = None


ActionKind = Literal["redirect", "upi_intent", "upi_qr", "upi_collect"]


@dataclass(frozen=True, kw_only=True)
class NextAction:
    """The one thing the checkout does next.

    ``redirect`` has url, http_method and fields; ``upi_intent`` and ``upi_qr`` have uri.
    """

    kind: ActionKind
    url: str | None = None
    http_method: Literal["GET", "POST"] = "GET"
    fields: Mapping[str, str] = field(default_factory=dict)
    uri: str | None = None
    payee_name: str | None = None
    platform: Platform | None = None
    """The customer's device, on which the links of apps differ; set by the service."""
    expires_at: datetime | None = None


class StoredAction(TypedDict):
    """A next action as it is stored, encrypted; it ends with its attempt."""

    kind: ActionKind
    url: str | None
    method: Literal["GET", "POST"]
    fields: dict[str, str]
    uri: str | None
    payee_name: str | None
    platform: NotRequired[str | None]


@dataclass(frozen=True, kw_only=True)
class ChargeState:
    """What a gateway reported about one charge: in an answer, a webhook or a poll.

    ``gateway_status`` is verbatim. ``amount`` (paise), ``currency`` and ``merchant_id`` are as
    reported, None if they were not, and are checked against ours before a success counts.
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
    """How much was captured, in paise, if that is less than the whole."""
    payer_vpa: SecretStr | None = None
    """The UPI ID that paid; only a keyed hash of it is stored."""
    card_bin: str | None = None
    """The first digits of the card that paid or was declined; only a keyed hash is stored."""
    next_action: NextAction | None = None
    refunds: tuple["RefundState", ...] = ()
    """The refunds of this charge that stand beside it, in the order in which they were made."""
    refunded: Paise | None = None
    """The sum of its refunds in paise, from a gateway that does not list them."""
    sent_back: bool = False
    """The gateway took the money and returns it by itself, as far as ``refunds`` cover it."""
    still_authorized: bool = False
    """Pending only because money on hold is being captured or released."""
    recognised: bool = True
    """False for a status that is in no table of the adapter: it stays pending, and is counted."""
    explained: bool = True
    """False for a decline whose code is in no table of the adapter: it is counted."""


@dataclass(frozen=True, kw_only=True)
class RefundState:
    """What a gateway reported about one refund; ``amount`` in paise.

    ``charge_ref`` is None if a webhook names the refund but not its charge; ``charge_payment_id``
    is then the gateway's own id of the charge, if the webhook has it.
    """

    ref: str
    charge_ref: str | None
    status: RefundStatus
    gateway_status: str
    charge_payment_id: str | None = None
    amount: Paise | None = None
    gateway_refund_id: str | None = None
    arn: str | None = None
    rrn: str | None = None
    gateway_code: str | None = None
    recognised: bool = True


ChargeOutcome = ChargeState | GatewayFailure
"""The result of a call about a charge."""
RefundOutcome = RefundState | GatewayFailure
"""The result of a call about a refund."""


@dataclass(frozen=True, kw_only=True)
class BankReference:
    """What banks call the charge ``ref``: its RRN, its ARN, or both."""

    ref: str
    rrn: str | None = None
    arn: str | None = None


@dataclass(frozen=True, kw_only=True)
class WebhookEvent:
    """A verified, parsed webhook; ``event_id`` is the same each time it is delivered."""

    event_id: str
    kind: str
    charges: tuple[ChargeState, ...] = ()
    refunds: tuple[RefundState, ...] = ()
    bank_references: tuple[BankReference, ...] = ()
    """Of charges on which the webhook says no more than that."""
    sent_at: datetime | None = None
    """When the gateway wrote it; None where it does not say."""


@dataclass(frozen=True, kw_only=True)
class Return:
    """A customer's browser came back from the gateway: only a hint to fetch the charge ``ref``."""

    ref: str
    signed: bool


@dataclass(frozen=True, kw_only=True)
class CardEntry:
    """Where the browser exchanges a card number for the gateway's token of one use."""

    url: str
    merchant_id: str
