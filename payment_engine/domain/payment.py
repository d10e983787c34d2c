"""A payment with its attempts and refunds, as values: what is loaded, decided on and committed.

The tables of ``db/models`` have exactly these columns; a test compares the two. Amounts are
paise. Rows never change: a decision makes new ones.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from payment_engine.domain.customer import CustomerKey
from payment_engine.domain.gateway import ChargeKey
from payment_engine.domain.money import Paise
from payment_engine.domain.payment_methods import Method
from payment_engine.domain.states import AttemptStatus, Closing, PaymentStatus, RefundStatus

Row = TypeVar("Row", "Attempt", "Refund")


@dataclass(frozen=True, kw_only=True)
class Payment:
    """Our promise to collect one amount for one order.

    ``revision`` moves by one with every commit and guards it; ``version`` moves only when a
    reader would see a difference; ``sequence`` counts the messages to the order service.
    """

    id: str
    merchant_id: str
    order_id: str
    status: PaymentStatus
    amount: int
    currency: str
    amount_authorized: int = 0
    amount_captured: int = 0
    amount_refunded: int = 0
    breakdown: Any
    metadata: Any
    customer_ref: str
    customer: bytes
    """Phone, email and name, encrypted."""
    phone_hash: bytes | None = None
    return_url: str
    capture: str
    closing: Closing | None = None
    closed_at: datetime | None = None
    revision: int = 1
    version: int = 1
    sequence: int = 0
    created_at: datetime
    expires_at: datetime
    erased_at: datetime | None = None
    """When what is personal was taken out of its rows; None again once it changes after that."""

    @property
    def customer_key(self) -> CustomerKey:
        """Who pays."""
        return CustomerKey(self.merchant_id, self.customer_ref)


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One try at paying: one gateway, one method, one reference.

    ``live``: the customer may still be paying through it. ``elected``: its money pays the
    order. ``conflict`` and ``review`` say why a success does not count.
    """

    id: str
    payment_id: str
    number: int
    ref: str
    gateway: str
    method: Method
    status: AttemptStatus
    hosted: bool = False
    platform: str | None = None
    live: bool = True
    elected: bool = False
    amount: int
    currency: str
    amount_authorized: int = 0
    amount_captured: int = 0
    amount_to_capture: int | None = None
    amount_refund_reserved: int = 0
    amount_refunded: int = 0
    next_action: bytes | None = None
    """What the checkout does next, encrypted: redirects may carry a gateway's token."""
    gateway_status: str | None = None
    gateway_payment_id: str | None = None
    rrn: str | None = None
    arn: str | None = None
    """The acquirer's number for a card payment, by which the customer's bank finds it."""
    decline_code: str | None = None
    gateway_code: str | None = None
    gateway_message: str | None = None
    instrument_id: str | None = None
    choice: str | None = None
    payer: bytes | None = None
    payer_hash: bytes | None = None
    address_hash: bytes | None = None
    """A keyed hash of the network address that a card came from, to count declines by."""
    bin_hash: bytes | None = None
    """A keyed hash of a card's first digits, to count declines by."""
    declined_at: datetime | None = None
    """When its card was declined, if that says something of the card."""
    conflict: str | None = None
    review: str | None = None
    checks: int = 0
    """How often its gateway was checked while it was a pending UPI charge."""
    checked_at: datetime | None = None
    created_at: datetime
    expires_at: datetime
    settled_at: datetime | None = None

    @property
    def refundable(self) -> int:
        """Paise captured and neither refunded nor reserved for a refund."""
        return self.amount_captured - self.amount_refund_reserved


@dataclass(frozen=True, kw_only=True)
class Refund:
    """One refund of one captured attempt; ``automatic`` if a rule of ours asked for it.

    ``foreign_ref``: the gateway's reference of a refund that we did not ask for. ``requested_by``:
    the key or person that asked; ``approved_at``: when a second person approved it, if it had to
    wait for one.
    """

    id: str
    payment_id: str
    attempt_id: str
    ref: str
    amount: int
    status: RefundStatus
    reason: str
    lines: Any
    automatic: bool = False
    foreign_ref: str | None = None
    requested_by: str | None = None
    approved_at: datetime | None = None
    gateway_status: str | None = None
    gateway_refund_id: str | None = None
    gateway_code: str | None = None
    arn: str | None = None
    rrn: str | None = None
    review: str | None = None
    created_at: datetime
    settled_at: datetime | None = None

    @property
    def gateway_knows_it_as(self) -> str:
        """The reference under which its gateway has it."""
        return self.foreign_ref or self.ref

    @property
    def begun_at(self) -> datetime:
        """From when on its gateway may have it: it was created, or approved later."""
        return self.approved_at or self.created_at


@dataclass(frozen=True, kw_only=True, slots=True)
class Snapshot:
    """A payment, its attempts in order, and its refunds, as they stood at one moment."""

    payment: Payment
    attempts: tuple[Attempt, ...] = ()
    refunds: tuple[Refund, ...] = ()
    hidden_methods: tuple[str, ...] = ()
    """The methods that the customer has hidden; loaded while the payment is unpaid."""

    def attempt(self, attempt_id: str) -> Attempt:
        """One attempt; raises KeyError if there is none."""
        return _by_id(self.attempts, attempt_id)

    def refund(self, refund_id: str) -> Refund:
        """One refund; raises KeyError if there is none."""
        return _by_id(self.refunds, refund_id)

    def charge_key(self, attempt: Attempt) -> ChargeKey:
        """What an attempt's gateway knows its charge by."""
        return ChargeKey(
            ref=attempt.ref,
            customer_ref=self.payment.customer_ref,
            amount=Paise(attempt.amount),
            gateway_payment_id=attempt.gateway_payment_id,
        )

    @property
    def rows(self) -> tuple[Attempt | Refund, ...]:
        """Everything that can be under review."""
        return (*self.attempts, *self.refunds)

    @property
    def live(self) -> Attempt | None:
        """The attempt through which the customer may still be paying."""
        return next((attempt for attempt in self.attempts if attempt.live), None)

    @property
    def elected(self) -> Attempt | None:
        """The attempt whose money pays the order."""
        return next((attempt for attempt in self.attempts if attempt.elected), None)


def _by_id(rows: Iterable[Row], row_id: str) -> Row:
    for row in rows:
        if row.id == row_id:
            return row
    raise KeyError(row_id)
