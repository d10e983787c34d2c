"""The contract of a gateway: five required verbs, and optional ones."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
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
    NotSent,
    RefundState,
    Refused,
    Return,
    Unknown,
    VpaFacts,
    WalletLink,
    WebhookEvent,
)
from payment_engine.domain.money import Paise
from payment_engine.domain.payment_methods import Method
from payment_engine.domain.states import AttemptStatus
from payment_engine.gateways.http import Wire


class Looks:
    """How often a charge was looked up during a call, but for looks that were provably not sent."""

    made = 0


_LOOKS: ContextVar[Looks | None] = ContextVar("looks", default=None)


@contextmanager
def counting_looks() -> Iterator[Looks]:
    """Counts the looks that are made in its body, inside of an adapter's verb as well."""
    looks = Looks()
    token = _LOOKS.set(looks)
    try:
        yield looks
    finally:
        _LOOKS.reset(token)


@contextmanager
def counted_look() -> Iterator[None]:
    """A look at a charge, counted unless it was not sent."""
    looks, sent = _LOOKS.get(), True
    try:
        yield
    except NotSent:
        sent = False
        raise
    finally:
        if looks and sent:
            looks.made += 1


@contextmanager
def look_after_sending() -> Iterator[None]:
    """A look that is part of a call whose request has left: raises Unknown instead of NotSent,
    since that the look was not sent does not prove that nothing was collected."""
    try:
        with counted_look():
            yield
    except NotSent as failure:
        text = "the request left, and the look after it was not sent"
        raise Unknown(text).because(failure.cause) from failure


class Gateway(ABC):
    """One company that we call over HTTP to collect money.

    For what happens on the wire, a verb raises NotSent, Refused or Unknown (domain/gateway.py) and
    nothing else. A decline is a returned state; a status that is in no table is pending. Calling a
    verb twice with the same reference must yield one charge or refund.

    Every adapter has the same files and names: see docs/adding-a-gateway.md.
    """

    name: ClassVar[str]
    methods: frozenset[Method]
    """What customers can pay with; an instance narrows it where its merchant has fewer."""
    Config: ClassVar[type[BaseModel]]
    webhook_fields: ClassVar[frozenset[str]] = frozenset()
    """The fields of webhooks and returns that may be recorded; all others are masked."""

    wallet_linked_by: ClassVar[Literal["otp", "consent"] | None] = None
    """How a customer links a wallet, where ``link_start`` is supported."""
    wallet_needs_link: ClassVar[bool] = False
    """Whether a wallet can pay only once it is linked."""
    shows_within: ClassVar[timedelta] = timedelta(minutes=10)
    """A charge that the gateway does not know by then, or has not started, never happened."""
    page_shows_within: ClassVar[timedelta] = timedelta(minutes=20)
    """The same for a card that is entered on the gateway's own page: it shows nothing before the
    customer acts, and most pages last 15 minutes."""
    captures_partly: ClassVar[bool] = False
    """Whether ``capture`` may take less than was authorized, once, and releases the rest."""

    def __init__(self, config: BaseModel, wire: Wire) -> None:
        self.config = config
        self.wire = wire

    @property
    def merchant_id(self) -> str | None:
        """The merchant id that a success must name, if it names one at all."""
        return getattr(self.config, "merchant_id", None)

    @property
    def proves_webhooks(self) -> bool:
        """Whether a verified webhook proves what it reports. False where a shared password is all
        that verifies it: money that it reports then counts after one status call.

        A ``confirm_webhooks`` in the gateway's settings decides.
        """
        return not getattr(self.config, "confirm_webhooks", False)

    @abstractmethod
    async def charge(self, charge: Charge) -> ChargeState:
        """Start collecting; called with no database transaction open.

        NotSent moves the charge to another gateway: a look after a request of it left is therefore
        made with ``look_after_sending``, which also counts it as a status check.
        """

    @abstractmethod
    async def fetch_charge(self, key: ChargeKey) -> ChargeState | None:
        """The state of a charge; None if the gateway never received it."""

    @abstractmethod
    async def refund(self, ref: str, key: ChargeKey, amount: Paise) -> RefundState:
        """Refund ``amount`` paise of a captured charge, under our own reference ``ref``."""

    @abstractmethod
    async def fetch_refund(self, ref: str, key: ChargeKey) -> RefundState | None:
        """The state of a refund; None if the gateway never received it."""

    @abstractmethod
    def read_webhook(self, headers: Mapping[str, str], body: bytes) -> WebhookEvent:
        """Verify a webhook over its raw bytes, then parse it; no I/O.

        Header names are lower case. Raises BadSignature, or InvalidRequest for a signed body that
        cannot be understood.
        """

    def check_keys(self) -> str | None:
        """Sign a sample with the keys of the settings and verify it: what is wrong, if anything is.

        No I/O: whether the gateway has the same keys, only a call shows.
        """
        return None

    async def receive_webhook(self, headers: Mapping[str, str], body: bytes) -> WebhookEvent:
        """``read_webhook``, after fetching what verifies the webhook, if it only names that.

        Raises as that does, and Unavailable if it cannot be fetched now.
        """
        return self.read_webhook(headers, body)

    def may_repeat(self, charge: Charge) -> bool:
        """Whether a charge may be sent again while the first call may still be under way.

        Only where the gateway's document says that one reference is charged once.
        """
        return False

    def read_return(self, fields: Mapping[str, str]) -> Return | None:
        """The charge that a browser return is about; None if it names none."""
        return None

    def card_entry(self) -> CardEntry | None:
        """Where the browser sends a card number, so that it never reaches us.

        None if only the gateway's own page takes it. Unless the merchant wants fields of its own,
        every card is entered on that page: it is charged as a ``CardPage``.
        """
        return None

    async def capture(self, key: ChargeKey, amount: Paise) -> ChargeState:
        """Capture ``amount`` paise of an authorized charge: all, unless ``captures_partly``."""
        raise Unsupported(f"{self.name} has no capture")

    async def void(self, key: ChargeKey) -> ChargeState:
        """Release an authorized charge."""
        raise Unsupported(f"{self.name} has no void")

    async def saved_card(self, key: ChargeKey) -> GatewayCard | None:
        """The card that this gateway saved with a charge; None if it saved none."""
        raise Unsupported(f"{self.name} saves no cards")

    async def list_cards(self, customer_ref: str) -> tuple[GatewayCard, ...]:
        """The cards that this gateway saved for a customer."""
        raise Unsupported(f"{self.name} saves no cards")

    async def delete_card(self, customer_ref: str, token: SecretStr) -> None:
        """Delete a saved card; returns once the gateway confirmed, or if it is gone already."""
        raise Unsupported(f"{self.name} saves no cards")

    async def card_facts(self, digits: str) -> CardFacts | None:
        """What the first 6 to 9 digits of a card show; None if they are unknown."""
        raise Unsupported(f"{self.name} has no card facts")

    async def verify_vpa(self, vpa: SecretStr, customer_ref: str) -> VpaFacts:
        """Whether a UPI ID exists, and its holder's name; the reference is empty for a guest."""
        raise Unsupported(f"{self.name} verifies no UPI ids")

    async def link_start(self, request: LinkRequest) -> LinkStart:
        """Begin to link a wallet: sends an OTP, or returns where the customer gives consent."""
        raise Unsupported(f"{self.name} links no wallets")

    async def link_finish(self, state: SecretStr, proof: SecretStr) -> WalletLink:
        """Finish with the OTP or the consent's code; raises WrongProof or LinkEnded."""
        raise Unsupported(f"{self.name} links no wallets")

    async def link_renew(self, token: SecretStr) -> WalletLink:
        """The link with a new token, before the old one expires; raises LinkEnded."""
        raise Unsupported(f"{self.name} renews no links")

    async def balance(self, token: SecretStr) -> Paise:
        """What a linked wallet can spend now, in paise; raises LinkEnded."""
        raise Unsupported(f"{self.name} shows no balances")

    async def _transaction_of(self, key: ChargeKey) -> str:
        """The gateway's own id of a charge, fetched where the key has none.

        Raises Refused where nothing was started, Unknown where a paid charge does not name its id.
        """
        state = None if key.gateway_payment_id else await self.fetch_charge(key)
        payment_id = key.gateway_payment_id or (state and state.gateway_payment_id)
        if payment_id:
            return payment_id
        if state and state.status in (AttemptStatus.CAPTURED, AttemptStatus.AUTHORIZED):
            raise Unknown("a paid charge without the id of its transaction")
        raise Refused("no_transaction", "nothing was started on this order")

    @classmethod
    def supports(cls, verb: str) -> bool:
        """Whether this gateway has an optional verb: overriding it is the declaration."""
        return getattr(cls, verb) is not getattr(Gateway, verb)
