"""What on-call staff see: search results, timelines, worklists, actions, routes."""

from datetime import datetime
from typing import Any, Literal, NotRequired

from typing_extensions import TypedDict

from payment_engine.db import search
from payment_engine.db.models import AdminAction, Attempt, Quarantined, Refund
from payment_engine.domain.calendar import confirm_by
from payment_engine.domain.money import Paise, display
from payment_engine.domain.routing import BreakerStatus
from payment_engine.domain.states import AttemptStatus, RefundStatus
from payment_engine.gateways.health import Verdict
from payment_engine.services.documents.base import document, format_time
from payment_engine.services.documents.payment import PaymentOut
from payment_engine.services.documents.refund import RefundSource, refund_source


@document
class FoundPayment(TypedDict):
    """A payment that a search found; ``amount`` in paise."""

    id: str
    order_id: str
    status: str
    amount: int
    amount_display: str
    created_at: str


@document
class SearchOut(TypedDict):
    """What a search found, newest first."""

    payments: list[FoundPayment]


class Occurrence(TypedDict):
    """What happened: an event, a call to a gateway, a webhook from one, a message to the order
    service, or an action of on-call staff."""

    kind: Literal["event", "exchange", "notice", "message", "action"]
    what: str
    source: str
    attempt_id: NotRequired[str | None]
    refund_id: NotRequired[str | None]
    version: NotRequired[int]
    detail: dict[str, Any]


@document
class TimelineEntry(Occurrence):
    """One thing that happened, and when: an event, a call to a gateway, a webhook from one, a
    message to the order service, or an action of on-call staff."""

    sequence: int
    at: str
    at_ist: str


@document
class TimelineOut(TypedDict):
    """A payment and everything that happened to it, in order of time."""

    payment: PaymentOut
    raw_log: Literal["healthy", "spilling", "partial"]
    timeline: list[TimelineEntry]


@document
class StuckOut(TypedDict):
    """An attempt of a worklist; ``amount`` in paise, ``age_seconds`` since it was created.

    ``confirm_by``: the end of T+5 in India, by when a failed transaction must be resolved (RBI's
    turnaround times).
    """

    id: str
    payment_id: str
    order_id: str
    gateway: str
    method: str
    status: AttemptStatus
    amount: int
    amount_display: str
    gateway_status: str | None
    gateway_payment_id: str | None
    review: str | None
    conflict: str | None
    created_at: str
    confirm_by: str
    age_seconds: int


@document
class StuckList(TypedDict):
    """Attempts, the oldest first; ``next`` is the ``after`` of the next page."""

    attempts: list[StuckOut]
    next: str | None


@document
class StuckRefundOut(TypedDict):
    """A refund of a worklist; ``amount`` in paise, ``age_seconds`` since it was created.

    ``reference``: what its gateway knows it by, ours or its own.
    """

    id: str
    payment_id: str
    order_id: str
    attempt_id: str
    gateway: str
    method: str
    status: RefundStatus
    source: RefundSource
    amount: int
    amount_display: str
    reason: str
    reference: str
    gateway_refund_id: str | None
    gateway_status: str | None
    review: str | None
    created_at: str
    age_seconds: int


@document
class StuckRefundList(TypedDict):
    """Refunds, the oldest first; ``next`` is the ``after`` of the next page."""

    refunds: list[StuckRefundOut]
    next: str | None


@document
class ActionOut(TypedDict):
    """What was done, why, and its outcome; in a dry run, what would have been done.

    ``number`` and ``hash``: its number in the log of the merchant, and the SHA-256 of its content
    and of the record before.
    """

    id: str
    number: int | None
    hash: str | None
    at: str
    actor: str
    action: str
    subject: str
    payment_id: str | None
    reason: str
    dry_run: bool
    request: dict[str, Any]
    outcome: dict[str, Any]


@document
class ActionList(TypedDict):
    """Actions, newest first; ``next`` is the ``before`` of the next page."""

    actions: list[ActionOut]
    next: str | None


@document
class QuarantinedOut(TypedDict):
    """A webhook that did not verify or could not be understood; ``size`` in bytes, ``times`` how
    often it arrived."""

    id: str
    gateway: str
    cause: str | None
    size: int
    times: int
    received_at: str
    last_received_at: str | None
    verified_at: str | None


@document
class QuarantineList(TypedDict):
    """Quarantined webhooks, newest first; ``next`` is the ``before`` of the next page."""

    quarantined: list[QuarantinedOut]
    next: str | None


@document
class RouteOut(TypedDict):
    """A gateway for a method. ``health`` is as this process sees it; all share ``breaker``."""

    gateway: str
    method: str
    enabled: bool
    weight: int
    health: Verdict
    breaker: BreakerStatus
    probe_at: str | None
    reason: str | None
    changed_by: str | None
    changed_at: str | None


@document
class RouteList(TypedDict):
    """Every configured gateway by every method that it takes."""

    routes: list[RouteOut]


def found_document(payment: search.FoundPayment) -> FoundPayment:
    """A payment as search results show it."""
    return {
        "id": payment.id,
        "order_id": payment.order_id,
        "status": payment.status,
        "amount": payment.amount,
        "amount_display": display(Paise(payment.amount)),
        "created_at": format_time(payment.created_at),
    }


def stuck_document(attempt: Attempt, now: datetime) -> StuckOut:
    """An attempt of a worklist; its payment must be loaded with it."""
    return {
        "id": attempt.id,
        "payment_id": attempt.payment_id,
        "order_id": attempt.payment.order_id,
        "gateway": attempt.gateway,
        "method": attempt.method,
        "status": attempt.status,
        "amount": attempt.amount,
        "amount_display": display(Paise(attempt.amount)),
        "gateway_status": attempt.gateway_status,
        "gateway_payment_id": attempt.gateway_payment_id,
        "review": attempt.review,
        "conflict": attempt.conflict,
        "created_at": format_time(attempt.created_at),
        "confirm_by": format_time(confirm_by(attempt.created_at)),
        "age_seconds": int((now - attempt.created_at).total_seconds()),
    }


def stuck_refund_document(refund: Refund, now: datetime) -> StuckRefundOut:
    """A refund of a worklist; its payment and attempt must be loaded with it."""
    return {
        "id": refund.id,
        "payment_id": refund.payment_id,
        "order_id": refund.payment.order_id,
        "attempt_id": refund.attempt_id,
        "gateway": refund.attempt.gateway,
        "method": refund.attempt.method,
        "status": refund.status,
        "source": refund_source(refund),
        "amount": refund.amount,
        "amount_display": display(Paise(refund.amount)),
        "reason": refund.reason,
        "reference": refund.foreign_ref or refund.ref,
        "gateway_refund_id": refund.gateway_refund_id,
        "gateway_status": refund.gateway_status,
        "review": refund.review,
        "created_at": format_time(refund.created_at),
        "age_seconds": int((now - refund.created_at).total_seconds()),
    }


def action_document(row: AdminAction) -> ActionOut:
    """One action with its outcome."""
    return {
        "id": row.id,
        "number": row.number,
        "hash": row.hash.hex() if row.hash else None,
        "at": format_time(row.at),
        "actor": row.actor,
        "action": row.action,
        "subject": row.subject,
        "payment_id": row.payment_id,
        "reason": row.reason,
        "dry_run": row.dry_run,
        "request": row.request,
        "outcome": row.outcome,
    }


def quarantined_document(row: Quarantined) -> QuarantinedOut:
    """A webhook in quarantine, without its contents."""
    return {
        "id": row.id,
        "gateway": row.gateway,
        "cause": row.cause,
        "size": row.size,
        "times": row.times,
        "received_at": format_time(row.received_at),
        "last_received_at": format_time(row.last_received_at),
        "verified_at": format_time(row.verified_at),
    }
