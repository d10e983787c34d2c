"""What one change of a payment writes, all of it or nothing: the value a store commits.

Every write depends on the guard: the payment still has the revision that the decision was made on,
and the idempotency key, the webhook's event id and the other guards are still free.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any

from payment_engine.domain.payment import Attempt, Payment, Refund, Snapshot


@dataclass(frozen=True, kw_only=True)
class Event:
    """One line of a payment's history: what happened, when, and which source reported it.

    ``changes`` has what the whole commit changed, by row and column, on its first event only.
    """

    payment_id: str
    version: int
    type: str
    source: str
    at: datetime
    attempt_id: str | None = None
    refund_id: str | None = None
    data: dict[str, Any] = field(default_factory=dict)
    change_id: str | None = None
    changes: dict[str, Any] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """One message to the order service; those of one payment leave in ``sequence``."""

    id: str
    merchant_id: str
    payment_id: str
    sequence: int
    type: str
    body: dict[str, Any]
    run_at: datetime
    created_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class JobRequest:
    """Work wanted at a time, through a gateway or none; the earliest request for a job wins."""

    kind: str
    subject: str
    run_at: datetime
    gateway: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class JobKey:
    """A job that is no longer wanted."""

    kind: str
    subject: str


@dataclass(frozen=True, kw_only=True)
class KeyRow:
    """An Idempotency-Key: what it was used for, who works on it, and its answer once there is one.

    ``response`` is encrypted. ``resource_id`` is the attempt, refund or payment that it stands for.
    """

    merchant_id: str
    key: str
    fingerprint: bytes
    resource_id: str
    process_id: str | None
    created_at: datetime
    status_code: int | None = None
    response: bytes | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class WebhookReceipt:
    """A verified webhook stored and handled with this change; its event id may come only once."""

    id: str
    gateway: str
    event_id: str
    kind: str
    sealed: bytes
    received_at: datetime
    handled_at: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class LimitGuard:
    """The customer's counted limits are as they were read; the commit moves their revision."""

    merchant_id: str
    customer_ref: str
    expected: int


@dataclass(frozen=True, kw_only=True, slots=True)
class LinkGuard:
    """A wallet link that pays one charge alone is still linked; the commit ends it."""

    wallet_id: str
    ended_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class ConsentRecord:
    """What a customer agreed to with this change, by version of the text."""

    id: str
    merchant_id: str
    customer_ref: str
    purpose: str
    given: bool
    text_version: str
    channel: str
    circumstances: bytes | None
    subject: str | None
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Commit:
    """One change, ready to be written. ``expected`` is None for a payment that is new.

    ``id`` is drawn once per request, before the first decision, and written with the history: if
    the database's answer is lost, the id shows whether the change was written. ``snapshot`` is how
    the payment stands after it.
    """

    id: str
    expected: int | None
    snapshot: Snapshot
    attempts: tuple[Attempt, ...] = ()
    refunds: tuple[Refund, ...] = ()
    events: tuple[Event, ...] = ()
    messages: tuple[Message, ...] = ()
    jobs: tuple[JobRequest, ...] = ()
    withdrawn: tuple[JobKey, ...] = ()
    claim: KeyRow | None = None
    """A key taken for this intent; the change is refused if it was used before."""
    answer: KeyRow | None = None
    """A key claimed earlier, which now has its answer or stands for another resource."""
    webhook: WebhookReceipt | None = None
    limits: LimitGuard | None = None
    link: LinkGuard | None = None
    consent: ConsentRecord | None = None
    used_instruments: tuple[str, ...] = ()

    @property
    def payment(self) -> Payment:
        """The payment as this change writes it."""
        return self.snapshot.payment


class CommitResult(Enum):
    """What became of one change."""

    WRITTEN = "written"
    FASTER = "faster"
    """Somebody else changed the payment, or a guarded row, first: load and decide again."""
    LINK_ENDED = "link_ended"
    """The wallet link that was to pay is over, whatever became of the payment."""
    LOST = "lost"
    """The database did not answer, and the change is not there by now; it may still be written."""
    KEY_TAKEN = "key_taken"
    """The Idempotency-Key was used before."""
    ORDER_TAKEN = "order_taken"
    """The order has a payment already."""
    EVENT_TAKEN = "event_taken"
    """The webhook's event was received before."""


class FateUnknown(Exception):
    """The database did not answer: the change may or may not have been written."""


class Overloaded(Exception):
    """The queue is longer than two seconds of commits: an intent is refused, unwritten."""
