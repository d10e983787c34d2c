"""What a run leaves behind, as plain values: all that the verdict is made from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

OPEN, ATTEMPT, REFUND, CAPTURE, CANCEL = "open", "attempt", "refund", "capture", "cancel"
"""The calls under an Idempotency-Key."""


@dataclass(frozen=True, kw_only=True)
class Acknowledged:
    """A call that was answered with 2xx; ``amount``: what was requested, in paise."""

    call: str
    key: str
    shop: str
    payment_id: str
    resource_id: str
    amount: int = 0
    order_id: str = ""
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, kw_only=True)
class Unanswered:
    """A call that its caller repeated to the end without an answer."""

    call: str
    key: str
    payment_id: str
    last: str
    """What the last try got."""


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """One request to a shop's endpoint; ``taken``: whether it answered that it took the message."""

    shop: str
    message_id: str
    payment_id: str
    sequence: int
    body: bytes = field(repr=False)
    taken: bool


@dataclass(frozen=True, kw_only=True)
class BookedAttempt:
    """An attempt in PostgreSQL. ``waits``: it may not be checked again yet, by NPCI's rule."""

    id: str
    ref: str
    gateway: str
    status: str
    captured: int
    refunded: int
    waits: bool = False


@dataclass(frozen=True, kw_only=True)
class BookedRefund:
    """A refund in PostgreSQL."""

    id: str
    ref: str
    attempt_id: str
    status: str
    amount: int
    automatic: bool = False


@dataclass(frozen=True, kw_only=True)
class BookedPayment:
    """A payment in PostgreSQL with all that belongs to it."""

    id: str
    order_id: str
    shop: str
    status: str
    amount: int
    captured: int
    sequence: int
    capture_requested: bool = False
    attempts: Sequence[BookedAttempt] = ()
    refunds: Sequence[BookedRefund] = ()


@dataclass(frozen=True, kw_only=True)
class TrueOrder:
    """What a gateway really did; ``status`` in the service's terms, amounts in paise by
    reference.
    """

    gateway: str
    ref: str
    status: str
    charges: Mapping[str, int] = field(default_factory=dict)
    refunds: Mapping[str, int] = field(default_factory=dict)

    @property
    def charged(self) -> int:
        """What was taken from the customer."""
        return sum(self.charges.values())

    @property
    def refunded(self) -> int:
        """What the customer got back."""
        return sum(self.refunds.values())


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """Everything. ``breaches``: invariants that do not hold; ``unstored``: webhooks that a gateway
    was told are taken, and that are not there; ``documents``: for each payment the most paise that
    anybody was shown as captured.
    """

    acknowledged: Sequence[Acknowledged] = ()
    unanswered: Sequence[Unanswered] = ()
    deliveries: Sequence[Delivery] = ()
    payments: Sequence[BookedPayment] = ()
    orders: Sequence[TrueOrder] = ()
    documents: Mapping[str, int] = field(default_factory=dict)
    breaches: Sequence[str] = ()
    unstored: Sequence[str] = ()
    internal_errors: Sequence[str] = ()
