"""The contract of a gateway: five verbs that each must speak, and what some can do besides."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from datetime import timedelta
from typing import ClassVar, Literal

from pydantic import BaseModel, SecretStr

from payment_engine.domain.errors import Unsupported
from payment_engine.domain.gateway import (
    CardEntry,
    CardFacts,
    Charge,
    ChargeKey,
    ChargeState,
    GatewayCard,
    LinkRequest,
    LinkStart,
    Method,
    RefundState,
    Refused,
    Return,
    Unknown,
    VpaFacts,
    WalletLink,
    WebhookEvent,
)
from payment_engine.domain.money import Paise
from payment_engine.domain.states import AttemptStatus
from payment_engine.gateways.http import Wire


class Gateway(ABC):
    """One company we call over HTTP to collect money.

    Every verb raises NotSent, Refused or Unknown (domain/gateway.py) and nothing else for what
    happens on the wire. A decline is a returned state. A status no table knows is pending.
    Starting a verb twice with the same reference must yield one charge or refund.
    """

    name: ClassVar[str]
    methods: frozenset[Method]
    """What it can take; an instance whose merchant has less narrows it."""
    Config: ClassVar[type[BaseModel]]
    webhook_fields: ClassVar[frozenset[str]] = frozenset()
    """Which fields of a notice and of a return may be written down (PCI-1)."""

    wallet_linked_by: ClassVar[Literal["otp", "consent"] | None] = None
    """What ``link_start`` asks of the customer, where it is there."""
    wallet_needs_link: ClassVar[bool] = False
    """Whether a wallet pays here only once it is linked."""
    shows_within: ClassVar[timedelta] = timedelta(minutes=10)
    """What this gateway does not show by then, and nothing was started on, never happened."""
    captures_partly: ClassVar[bool] = False
    """Whether ``capture`` may take less than was authorized, once, and releases the rest."""

    def __init__(self, config: BaseModel, wire: Wire) -> None:
        self.config = config
        self.wire = wire

    @property
    def merchant_id(self) -> str | None:
        """The merchant id that this gateway's answers must name, where they name one (MOD-5)."""
        return getattr(self.config, "merchant_id", None)

    @abstractmethod
    async def charge(self, charge: Charge) -> ChargeState:
        """Start collecting; called with no transaction open."""

    @abstractmethod
    async def fetch_charge(self, key: ChargeKey) -> ChargeState | None:
        """What became of a charge; None when the gateway has never seen it."""

    @abstractmethod
    async def refund(self, ref: str, key: ChargeKey, amount: Paise) -> RefundState:
        """Give back ``amount`` paise of a captured charge."""

    @abstractmethod
    async def fetch_refund(self, ref: str, key: ChargeKey) -> RefundState | None:
        """What became of a refund; None when the gateway has never seen it."""

    @abstractmethod
    def read_webhook(self, headers: Mapping[str, str], body: bytes) -> WebhookEvent:
        """Verify a webhook over its raw bytes, then parse it; no I/O.

        Header names are lower case. Raises BadSignature, or InvalidRequest for a body that is
        signed but makes no sense.
        """

    async def receive_webhook(self, headers: Mapping[str, str], body: bytes) -> WebhookEvent:
        """``read_webhook``, having fetched what verifying takes where a notice only names it.

        Raises as that does, and Unavailable where it cannot be had just now.
        """
        return self.read_webhook(headers, body)

    def read_return(self, fields: Mapping[str, str]) -> Return | None:
        """Which charge a browser return speaks of; None when it names none."""
        return None

    def card_entry(self) -> CardEntry | None:
        """Where the browser takes a card number, so that we never see it.

        None where the gateway asks for it on its own page: a charge by card then needs nothing.
        """
        return None

    async def capture(self, key: ChargeKey, amount: Paise) -> ChargeState:
        """Take ``amount`` paise of an authorized charge: all of it unless ``captures_partly``."""
        raise Unsupported(f"{self.name} has no capture")

    async def void(self, key: ChargeKey) -> ChargeState:
        """Release an authorized charge."""
        raise Unsupported(f"{self.name} has no void")

    async def saved_card(self, key: ChargeKey) -> GatewayCard | None:
        """The card that the customer let this gateway keep when paying; None if it kept none."""
        raise Unsupported(f"{self.name} keeps no cards")

    async def list_cards(self, customer_ref: str) -> tuple[GatewayCard, ...]:
        """The cards that this gateway keeps for a customer."""
        raise Unsupported(f"{self.name} keeps no cards")

    async def delete_card(self, customer_ref: str, token: SecretStr) -> None:
        """Have the gateway forget a card; done already is done. Returns once it confirmed."""
        raise Unsupported(f"{self.name} keeps no cards")

    async def card_facts(self, digits: str) -> CardFacts | None:
        """What the first 6 to 9 digits tell; None when the gateway knows nothing of them."""
        raise Unsupported(f"{self.name} has no card facts")

    async def verify_vpa(self, vpa: SecretStr) -> VpaFacts:
        """Whether a UPI id exists, and whose it is."""
        raise Unsupported(f"{self.name} verifies no UPI ids")

    async def link_start(self, request: LinkRequest) -> LinkStart:
        """Begin to link a wallet: an OTP is sent, or the customer's consent is asked for."""
        raise Unsupported(f"{self.name} links no wallets")

    async def link_finish(self, state: SecretStr, proof: SecretStr) -> WalletLink:
        """Finish with the OTP or the code of the consent; raises WrongProof or LinkEnded."""
        raise Unsupported(f"{self.name} links no wallets")

    async def link_renew(self, token: SecretStr) -> WalletLink:
        """The link with a fresh token, in place of one that is about to expire; or LinkEnded."""
        raise Unsupported(f"{self.name} renews no links")

    async def balance(self, token: SecretStr) -> Paise:
        """Paise that a linked wallet says it holds just now (WAL-2); raises LinkEnded."""
        raise Unsupported(f"{self.name} shows no balances")

    async def _transaction_of(self, key: ChargeKey) -> str:
        """The gateway's own id of a charge, asked for where the key has none.

        Raises Refused where nothing was started, Unknown where money moved without a name.
        """
        state = None if key.gateway_payment_id else await self.fetch_charge(key)
        found = key.gateway_payment_id or (state and state.gateway_payment_id)
        if found:
            return found
        if state and state.status in (AttemptStatus.CAPTURED, AttemptStatus.AUTHORIZED):
            raise Unknown("money that moved in a transaction without a name")
        raise Refused("no_transaction", "nothing was started on this order")

    @classmethod
    def supports(cls, verb: str) -> bool:
        """Whether this gateway overrides an optional verb: overriding is the declaration."""
        return getattr(cls, verb) is not getattr(Gateway, verb)
