"""The input of a decision about a payment, and its result."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from payment_engine.domain.commit import Event, JobKey, JobRequest
from payment_engine.domain.events import MessageType
from payment_engine.domain.ids import DrawnIds
from payment_engine.domain.payment import Attempt, Refund, Snapshot


@dataclass(frozen=True, kw_only=True)
class Situation:
    """What a decision may use besides the payment itself."""

    now: datetime
    source: str
    """Who reported the change: answer, webhook, check, return, expiry or caller."""
    ids: DrawnIds
    seal: Callable[[bytes, str], bytes]
    """Encrypts a value for the row of this id."""
    fulfilment_window: timedelta
    """How long after it was closed a payment may still be paid late."""
    superseded: bool = False
    """The order has a newer payment."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Announcement:
    """What a message to the order service reports, and the attempt or refund that it is about."""

    type: MessageType
    attempt_id: str | None = None
    refund_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class Decided:
    """A finished change: the payment after it, and what is written beside the rows."""

    before: Snapshot | None
    after: Snapshot
    attempts: tuple[Attempt, ...]
    refunds: tuple[Refund, ...]
    events: tuple[Event, ...]
    announcements: tuple[Announcement, ...]
    jobs: tuple[JobRequest, ...]
    withdrawn: tuple[JobKey, ...]
    used_instruments: tuple[str, ...]
