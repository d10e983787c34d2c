"""The lists of people on call: each row with the facts by which a person decides."""

from datetime import datetime

from typing_extensions import TypedDict

from payment_engine.db import worklists as rows
from payment_engine.domain.calendar import confirm_by
from payment_engine.domain.customer import masked_ref
from payment_engine.domain.money import Paise, display
from payment_engine.services.documents.base import Time, document, format_time
from payment_engine.services.documents.refund import RefundSource, source_of


@document
class AttemptItemOut(TypedDict):
    """An attempt of a list; amounts in paise, ``age_seconds`` since it was created.

    ``amount_reported``: what the gateway reported instead of our amount, if that is why it is in
    review. ``next_check_at``: when the gateway is looked up next; null if it is not any more.
    ``confirm_by``: the end of T+5 in India, by when a failed transaction must be resolved (RBI's
    turnaround times). ``refund_id``: the automatic refund of money that cannot pay the order.
    """

    id: str
    payment_id: str
    order_id: str
    gateway: str
    method: str
    status: str
    amount: int
    amount_display: str
    amount_captured: int
    amount_refunded: int
    amount_reported: int | None
    amount_reported_display: str | None
    gateway_status: str | None
    gateway_payment_id: str | None
    gateway_code: str | None
    decline_code: str | None
    review: str | None
    conflict: str | None
    refund_id: str | None
    refund_status: str | None
    created_at: Time
    confirm_by: Time
    next_check_at: Time | None
    age_seconds: int


@document
class AttemptPage(TypedDict):
    """Attempts; ``next`` is the ``after`` of the next page."""

    items: list[AttemptItemOut]
    next: str | None


@document
class RefundItemOut(TypedDict):
    """A refund of a list; amounts in paise, ``age_seconds`` since it was created.

    ``reference``: what its gateway knows it by, ours or its own. ``amount_captured``: by the charge
    that it is of. ``requested_by``: the key or person that a second person may not be the same as.
    """

    id: str
    payment_id: str
    order_id: str
    attempt_id: str
    gateway: str
    method: str
    status: str
    source: RefundSource
    requested_by: str | None
    approved_at: Time | None
    amount: int
    amount_display: str
    amount_captured: int
    amount_reported: int | None
    amount_reported_display: str | None
    reason: str
    reference: str
    gateway_refund_id: str | None
    gateway_status: str | None
    gateway_code: str | None
    review: str | None
    created_at: Time
    settled_at: Time | None
    next_check_at: Time | None
    age_seconds: int


@document
class RefundPage(TypedDict):
    """Refunds; ``next`` is the ``after`` of the next page."""

    items: list[RefundItemOut]
    next: str | None


@document
class PaymentItemOut(TypedDict):
    """A payment of a list, and how its latest attempt stands; amounts in paise."""

    id: str
    order_id: str
    status: str
    amount: int
    amount_display: str
    amount_captured: int
    amount_refunded: int
    customer_ref: str
    attempt_count: int
    gateway: str | None
    method: str | None
    attempt_status: str | None
    decline_code: str | None
    created_at: Time
    expires_at: Time
    age_seconds: int


@document
class PaymentPage(TypedDict):
    """Payments; ``next`` is the ``after`` of the next page."""

    items: list[PaymentItemOut]
    next: str | None


@document
class MessageItemOut(TypedDict):
    """A message to the order service; ``tries`` counts its deliveries, ``sequence`` orders those of
    one payment."""

    id: str
    payment_id: str
    order_id: str | None
    sequence: int
    type: str
    state: str
    tries: int
    last_error: str | None
    next_try_at: Time | None
    created_at: Time
    age_seconds: int


@document
class MessagePage(TypedDict):
    """Messages; ``next`` is the ``after`` of the next page."""

    items: list[MessageItemOut]
    next: str | None


@document
class NoticeItemOut(TypedDict):
    """A verified webhook, and how the work of applying it stands. ``suspended_at``: since when that
    waits for a person, after too many failures."""

    id: str
    gateway: str
    kind: str
    event_id: str
    tries: int
    last_error: str | None
    next_try_at: Time | None
    suspended_at: Time | None
    received_at: Time
    handled_at: Time | None
    age_seconds: int


@document
class NoticePage(TypedDict):
    """Webhooks; ``next`` is the ``after`` of the next page."""

    items: list[NoticeItemOut]
    next: str | None


@document
class QuarantinedOut(TypedDict):
    """A webhook that did not verify or could not be understood, once for however often its gateway
    sent it; ``size`` in bytes, ``times`` how often that was."""

    id: str
    gateway: str
    cause: str | None
    size: int
    times: int
    received_at: Time
    last_received_at: Time | None
    verified_at: Time | None
    age_seconds: int


@document
class QuarantinePage(TypedDict):
    """Quarantined webhooks; ``next`` is the ``after`` of the next page."""

    items: list[QuarantinedOut]
    next: str | None


@document
class JobItemOut(TypedDict):
    """A job that failed too often and waits for a person; ``subject``: what it is about."""

    id: str
    kind: str
    subject: str
    gateway: str | None
    payment_id: str | None
    order_id: str | None
    tries: int
    last_error: str | None
    suspended_at: Time
    created_at: Time
    age_seconds: int


@document
class JobPage(TypedDict):
    """Jobs; ``next`` is the ``after`` of the next page."""

    items: list[JobItemOut]
    next: str | None


def attempt_item(row: rows.AttemptRow, now: datetime) -> AttemptItemOut:
    """An attempt of a list."""
    return {
        "id": row.id,
        "payment_id": row.payment_id,
        "order_id": row.order_id,
        "gateway": row.gateway,
        "method": row.method,
        "status": row.status,
        "amount": row.amount,
        "amount_display": display(Paise(row.amount)),
        "amount_captured": row.amount_captured,
        "amount_refunded": row.amount_refunded,
        "amount_reported": row.amount_reported,
        "amount_reported_display": _display(row.amount_reported),
        "gateway_status": row.gateway_status,
        "gateway_payment_id": row.gateway_payment_id,
        "gateway_code": row.gateway_code,
        "decline_code": row.decline_code,
        "review": row.review,
        "conflict": row.conflict,
        "refund_id": row.refund_id,
        "refund_status": row.refund_status,
        "created_at": format_time(row.created_at),
        "confirm_by": format_time(confirm_by(row.created_at)),
        "next_check_at": format_time(row.next_check_at),
        "age_seconds": age_seconds(row.created_at, now),
    }


def refund_item(row: rows.RefundRow, now: datetime) -> RefundItemOut:
    """A refund of a list."""
    return {
        "id": row.id,
        "payment_id": row.payment_id,
        "order_id": row.order_id,
        "attempt_id": row.attempt_id,
        "gateway": row.gateway,
        "method": row.method,
        "status": row.status,
        "source": source_of(row.foreign_ref, automatic=row.automatic),
        "requested_by": row.requested_by,
        "approved_at": format_time(row.approved_at),
        "amount": row.amount,
        "amount_display": display(Paise(row.amount)),
        "amount_captured": row.amount_captured,
        "amount_reported": row.amount_reported,
        "amount_reported_display": _display(row.amount_reported),
        "reason": row.reason,
        "reference": row.foreign_ref or row.ref,
        "gateway_refund_id": row.gateway_refund_id,
        "gateway_status": row.gateway_status,
        "gateway_code": row.gateway_code,
        "review": row.review,
        "created_at": format_time(row.created_at),
        "settled_at": format_time(row.settled_at),
        "next_check_at": format_time(row.next_check_at),
        "age_seconds": age_seconds(row.created_at, now),
    }


def payment_item(row: rows.PaymentRow, now: datetime) -> PaymentItemOut:
    """A payment of a list."""
    return {
        "id": row.id,
        "order_id": row.order_id,
        "status": row.status,
        "amount": row.amount,
        "amount_display": display(Paise(row.amount)),
        "amount_captured": row.amount_captured,
        "amount_refunded": row.amount_refunded,
        "customer_ref": masked_ref(row.customer_ref),
        "attempt_count": row.attempts,
        "gateway": row.gateway,
        "method": row.method,
        "attempt_status": row.attempt_status,
        "decline_code": row.decline_code,
        "created_at": format_time(row.created_at),
        "expires_at": format_time(row.expires_at),
        "age_seconds": age_seconds(row.created_at, now),
    }


def message_item(row: rows.MessageRow, now: datetime) -> MessageItemOut:
    """A message of a list."""
    return {
        "id": row.id,
        "payment_id": row.payment_id,
        "order_id": row.order_id,
        "sequence": row.sequence,
        "type": row.type,
        "state": row.state,
        "tries": row.tries,
        "last_error": row.last_error,
        "next_try_at": format_time(row.next_try_at),
        "created_at": format_time(row.created_at),
        "age_seconds": age_seconds(row.created_at, now),
    }


def notice_item(row: rows.NoticeRow, now: datetime) -> NoticeItemOut:
    """A webhook of a list."""
    return {
        "id": row.id,
        "gateway": row.gateway,
        "kind": row.kind,
        "event_id": row.event_id,
        "tries": row.tries,
        "last_error": row.last_error,
        "next_try_at": format_time(row.next_try_at),
        "suspended_at": format_time(row.suspended_at),
        "received_at": format_time(row.received_at),
        "handled_at": format_time(row.handled_at),
        "age_seconds": age_seconds(row.received_at, now),
    }


def quarantined_item(row: rows.QuarantinedRow, now: datetime) -> QuarantinedOut:
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
        "age_seconds": age_seconds(row.received_at, now),
    }


def job_item(row: rows.JobRow, now: datetime) -> JobItemOut:
    """A job of a list."""
    return {
        "id": row.id,
        "kind": row.kind,
        "subject": row.subject,
        "gateway": row.gateway,
        "payment_id": row.payment_id,
        "order_id": row.order_id,
        "tries": row.tries,
        "last_error": row.last_error,
        "suspended_at": format_time(row.suspended_at),
        "created_at": format_time(row.created_at),
        "age_seconds": age_seconds(row.suspended_at, now),
    }


def _display(amount: int | None) -> str | None:
    return None if amount is None else display(Paise(amount))


def age_seconds(since: datetime, now: datetime) -> int:
    """Whole seconds since a time."""
    return int((now - since).total_seconds())
