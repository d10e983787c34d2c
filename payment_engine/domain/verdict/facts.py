"""What the verdict on a payment rests on, and the texts that its sentences share."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from payment_engine.domain.calendar import IST
from payment_engine.domain.gateway import FailureCause
from payment_engine.domain.jobs import JobKind
from payment_engine.domain.money import Paise, display
from payment_engine.domain.outcomes import Conflict
from payment_engine.domain.payment import Attempt, Refund, Snapshot
from payment_engine.domain.states import ATTEMPT_IN_PROGRESS, REFUND_WITHOUT_MONEY, AttemptStatus

Outcome = Literal[
    "review",
    "suspended",
    "overdue",
    "refund_needs_approval",
    "refund_failed",
    "refund_bounced",
    "conflict",
    "unknown",
    "messages_dead",
    "refund_pending",
    "paid",
    "refunded",
    "authorized",
    "capturing",
    "voiding",
    "paying",
    "pending",
    "declined",
    "open",
    "voided",
    "cancelled",
    "expired",
    "conflict_refunded",
]
Actor = Literal["person", "shop", "customer", "gateway", "service", "nobody"]
"""Who acts next: a person on call, the order service (shop), the customer, ... this service."""

UNANSWERED = frozenset(cause.value for cause in FailureCause)
"""What stands in for the gateway's status while it has not answered."""
CONFLICTS = {
    Conflict.SECOND_SUCCESS: "another attempt had paid already",
    Conflict.CANCELLED: "the payment had been cancelled",
    Conflict.VOIDED: "the payment's money had been released",
    Conflict.TOO_LATE: "it was too late for the order",
    Conflict.SUPERSEDED: "a newer payment of the order exists",
    Conflict.SENT_BACK: "the gateway returns it by itself",
}
LOOKS = (JobKind.CHECK_CHARGE, JobKind.CONFIRM_CHARGE)


@dataclass(frozen=True, kw_only=True)
class PlannedJob:
    """Work on the payment, an attempt or a refund that a worker does at ``run_at``."""

    kind: JobKind
    subject: str
    run_at: datetime
    suspended: bool = False
    error: str | None = None


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What the verdict rests on; ``bounced``: refunds that failed after they had succeeded."""

    snapshot: Snapshot
    now: datetime
    jobs: tuple[PlannedJob, ...] = ()
    bounced: frozenset[str] = frozenset()
    dead_messages: int = 0

    def next_of(self, subject: str, *kinds: JobKind) -> datetime | None:
        """When the first job of these kinds works on a subject; None if none does."""
        own = (job for job in self.jobs if job.subject == subject and job.kind in kinds)
        return min((job.run_at for job in own if not job.suspended), default=None)


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """One concern: a sentence, the next step and its time, who acts, and what it is about."""

    outcome: Outcome
    sentence: str
    next_step: str
    actor: Actor
    next_at: datetime | None = None
    subject: str | None = None


def looked_up(facts: Facts, attempt: Attempt, outcome: Outcome, sentence: str) -> Verdict:
    """What only its gateway can decide; without a planned check, a person must sync it."""
    at = facts.next_of(attempt.id, *LOOKS)
    text = check_text(facts, attempt)
    return Verdict(
        outcome=outcome,
        sentence=sentence,
        next_step=text[0].upper() + text[1:],
        actor="gateway" if at else "person",
        next_at=at,
        subject=attempt.id,
    )


def check_text(facts: Facts, attempt: Attempt) -> str:
    """When the gateway of an attempt is checked next."""
    at = facts.next_of(attempt.id, *LOOKS)
    if at is None:
        return f"no check is planned: sync it, and ask {attempt.gateway}."
    return f"{attempt.gateway} is checked {'now' if at <= facts.now else f'at {time_text(at)}'}."


def in_progress(facts: Facts) -> Iterator[Attempt]:
    """The attempts that their gateways have not decided."""
    return (each for each in facts.snapshot.attempts if each.status in ATTEMPT_IN_PROGRESS)


def money_to_return(attempt: Attempt) -> int:
    """How much of a conflict's money, in paise, has not gone back."""
    if attempt.status is AttemptStatus.AUTHORIZED:
        return attempt.amount_authorized
    return attempt.amount_captured - attempt.amount_refunded


def refund_of(facts: Facts, attempt: Attempt) -> Refund | None:
    """The first refund of an attempt that has not ended without its money."""
    own = (each for each in facts.snapshot.refunds if each.attempt_id == attempt.id)
    return next((each for each in own if each.status not in REFUND_WITHOUT_MONEY), None)


def gateway_of(facts: Facts, row: Attempt | Refund) -> str:
    """Which gateway an attempt or refund is at."""
    attempt = row if isinstance(row, Attempt) else facts.snapshot.attempt(row.attempt_id)
    return attempt.gateway


def route_text(attempt: Attempt) -> str:
    """By which method money was paid, and how banks find it."""
    number = f", RRN {attempt.rrn}" if attempt.rrn else ""
    return f"by {attempt.method} through {attempt.gateway}{number}"


def rupees(amount: int) -> str:
    """Paise as people read them."""
    return display(Paise(amount))


def time_text(at: datetime) -> str:
    """A moment in Indian time, as people read it."""
    return f"{at.astimezone(IST):%d %b %Y, %H:%M:%S} IST"
