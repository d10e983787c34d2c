"""The timeline of a payment as on-call staff see it: verdict, attempts, and what happened."""

from datetime import datetime
from typing import Any, Literal, NotRequired

from typing_extensions import TypedDict

from payment_engine.domain.calendar import IST
from payment_engine.domain.jobs import JobKind
from payment_engine.domain.money import Paise, display
from payment_engine.domain.payment import Attempt, Refund
from payment_engine.domain.states import AttemptStatus, RefundStatus
from payment_engine.domain.verdict import Actor, Facts, Outcome, verdict
from payment_engine.services.documents.base import Time, document, format_time
from payment_engine.services.documents.payment import PaymentOut
from payment_engine.services.documents.refund import RefundSource, refund_source


@document
class VerdictOut(TypedDict):
    """What happened to a payment in one sentence, and what happens next.

    ``also``: what else there is to know, the most urgent first.
    """

    outcome: Outcome
    sentence: str
    next_step: str
    next_at: Time | None
    next_at_ist: Time | None
    actor: Actor
    subject: str | None
    also: list[str]


@document
class TracedRefund(TypedDict):
    """A refund with all that its gateway calls it by."""

    id: str
    reference: str
    source: RefundSource
    status: RefundStatus
    amount_display: str
    gateway_refund_id: str | None
    gateway_status: str | None
    gateway_code: str | None
    arn: str | None
    rrn: str | None
    review: str | None
    next_at: Time | None


@document
class TracedAttempt(TypedDict):
    """An attempt with all that its gateway calls it by, and its refunds."""

    id: str
    number: int
    reference: str
    gateway: str
    method: str
    status: AttemptStatus
    amount_display: str
    gateway_payment_id: str | None
    gateway_status: str | None
    gateway_code: str | None
    gateway_message: str | None
    decline_code: str | None
    rrn: str | None
    arn: str | None
    conflict: str | None
    review: str | None
    checks: int
    checked_at: Time | None
    next_at: Time | None
    created_at: Time
    expires_at: Time
    settled_at: Time | None
    refunds: list[TracedRefund]


class Occurrence(TypedDict):
    """What happened: an event, a call to a gateway, a webhook from one, a message to the order
    service, or an action of on-call staff."""

    kind: Literal["event", "exchange", "notice", "message", "action"]
    what: str
    source: str
    urgent: bool
    attempt_id: NotRequired[str | None]
    refund_id: NotRequired[str | None]
    request_id: NotRequired[str | None]
    webhook_id: NotRequired[str | None]
    version: NotRequired[int]
    detail: dict[str, Any]


@document
class TimelineEntry(Occurrence):
    """One thing that happened, and when: an event, a call to a gateway, a webhook from one, a
    message to the order service, or an action of on-call staff.

    ``urgent``: money does not go the usual way.
    """

    sequence: int
    at: Time
    at_ist: Time
    since_previous_ms: int | None


@document
class TimelineOut(TypedDict):
    """A payment, the verdict on it, and everything that happened to it, in order of time."""

    payment: PaymentOut
    verdict: VerdictOut
    attempts: list[TracedAttempt]
    raw_log: Literal["healthy", "spilling", "partial"]
    omitted_exchanges: int | None
    timeline: list[TimelineEntry]


def verdict_document(facts: Facts) -> VerdictOut:
    """The verdict, with the time of the next step in UTC and in India."""
    found, also = verdict(facts)
    return {
        "outcome": found.outcome,
        "sentence": found.sentence,
        "next_step": found.next_step,
        "next_at": format_time(found.next_at),
        "next_at_ist": format_ist(found.next_at) if found.next_at else None,
        "actor": found.actor,
        "subject": found.subject,
        "also": also,
    }


def traced_attempts(facts: Facts) -> list[TracedAttempt]:
    """The attempts in their order."""
    return [_traced_attempt(facts, attempt) for attempt in facts.snapshot.attempts]


def _traced_attempt(facts: Facts, attempt: Attempt) -> TracedAttempt:
    return {
        "id": attempt.id,
        "number": attempt.number,
        "reference": attempt.ref,
        "gateway": attempt.gateway,
        "method": attempt.method,
        "status": attempt.status,
        "amount_display": display(Paise(attempt.amount)),
        "gateway_payment_id": attempt.gateway_payment_id,
        "gateway_status": attempt.gateway_status,
        "gateway_code": attempt.gateway_code,
        "gateway_message": attempt.gateway_message,
        "decline_code": attempt.decline_code,
        "rrn": attempt.rrn,
        "arn": attempt.arn,
        "conflict": attempt.conflict,
        "review": attempt.review,
        "checks": attempt.checks,
        "checked_at": format_time(attempt.checked_at),
        "next_at": format_time(facts.next_of(attempt.id, *JobKind)),
        "created_at": format_time(attempt.created_at),
        "expires_at": format_time(attempt.expires_at),
        "settled_at": format_time(attempt.settled_at),
        "refunds": [
            _traced_refund(facts, refund)
            for refund in facts.snapshot.refunds
            if refund.attempt_id == attempt.id
        ],
    }


def _traced_refund(facts: Facts, refund: Refund) -> TracedRefund:
    return {
        "id": refund.id,
        "reference": refund.gateway_knows_it_as,
        "source": refund_source(refund),
        "status": refund.status,
        "amount_display": display(Paise(refund.amount)),
        "gateway_refund_id": refund.gateway_refund_id,
        "gateway_status": refund.gateway_status,
        "gateway_code": refund.gateway_code,
        "arn": refund.arn,
        "rrn": refund.rrn,
        "review": refund.review,
        "next_at": format_time(facts.next_of(refund.id, *JobKind)),
    }


def format_ist(at: datetime) -> str:
    """A time in India, with milliseconds."""
    return at.astimezone(IST).isoformat(timespec="milliseconds")
