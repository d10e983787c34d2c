"""The lists of people on call, each with the facts by which a person decides what to do.

Every list goes along one index: a partial one with nothing but what waits, or one by time.
"""

from dataclasses import dataclass
from datetime import datetime

from payment_engine.db.pages import Condition, Listing
from payment_engine.db.unmatched import Kind
from payment_engine.domain.states import ATTEMPT_IN_PROGRESS, REFUND_UNSETTLED

_REPORTED = """
  LEFT JOIN LATERAL (
    SELECT coalesce(e.data->'theirs'->>'amount', CASE jsonb_typeof(e.data->'theirs')
      WHEN 'number' THEN e.data->>'theirs' END)::bigint AS amount
    FROM payment_event e WHERE t.review IS NOT NULL AND e.payment_id = t.payment_id
      AND coalesce(e.refund_id, e.attempt_id) = t.id AND e.type = 'review'
    ORDER BY e.id DESC LIMIT 1) reported ON true"""
"""What the gateway reported, where that is why the row is in review."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AttemptRow:
    """An attempt of a list, with its order, what its gateway reported, and when it is looked up
    next; ``refund_id``: the automatic refund of money that cannot pay the order."""

    id: str
    payment_id: str
    order_id: str
    gateway: str
    method: str
    status: str
    amount: int
    amount_captured: int
    amount_refunded: int
    amount_reported: int | None
    gateway_status: str | None
    gateway_payment_id: str | None
    gateway_code: str | None
    decline_code: str | None
    review: str | None
    conflict: str | None
    created_at: datetime
    next_check_at: datetime | None
    refund_id: str | None
    refund_status: str | None


ATTEMPTS = Listing(
    table="attempt",
    columns="""
  t.id, t.payment_id, p.order_id, t.gateway, t.method, t.status, t.amount, t.amount_captured,
  t.amount_refunded, t.gateway_status, t.gateway_payment_id, t.gateway_code, t.decline_code,
  t.review, t.conflict, t.created_at, r.id AS refund_id, r.status AS refund_status, (
    SELECT min(j.run_at) FROM job j WHERE j.subject = t.id AND j.held_at IS NULL
      AND j.kind IN ('check_charge', 'confirm_charge', 'capture', 'void')) AS next_check_at,
  reported.amount AS amount_reported""",
    joins="""
  JOIN payment p ON p.id = t.payment_id
  LEFT JOIN refund r ON t.conflict IS NOT NULL AND r.attempt_id = t.id AND r.automatic"""
    + _REPORTED,
    row=AttemptRow,
)

NOT_SETTLED = Condition(text="t.settled_at IS NULL")
IN_REVIEW = Condition(text="t.review IS NOT NULL")
IN_CONFLICT = Condition(text="t.conflict IS NOT NULL")
MONEY_IS_OUT = Condition(
    text="(t.status = 'authorized' OR t.amount_refunded < t.amount_captured)",
)
"""Of a conflict: the customer does not have all the money back."""
MONEY_IS_BACK = Condition(text=f"NOT {MONEY_IS_OUT.text}")
UNDECIDED_ATTEMPT = Condition(
    text="t.status = ANY ({}::text[])", values=(sorted(ATTEMPT_IN_PROGRESS),)
)


@dataclass(frozen=True, kw_only=True, slots=True)
class RefundRow:
    """A refund of a list, with its order and charge, and when it is looked up next."""

    id: str
    payment_id: str
    order_id: str
    attempt_id: str
    gateway: str
    method: str
    status: str
    automatic: bool
    requested_by: str | None
    approved_at: datetime | None
    amount: int
    amount_captured: int
    amount_reported: int | None
    reason: str
    ref: str
    foreign_ref: str | None
    gateway_refund_id: str | None
    gateway_status: str | None
    gateway_code: str | None
    review: str | None
    created_at: datetime
    settled_at: datetime | None
    next_check_at: datetime | None


REFUNDS = Listing(
    table="refund",
    columns="""
  t.id, t.payment_id, p.order_id, t.attempt_id, a.gateway, a.method, t.status, t.automatic,
  t.requested_by, t.approved_at,
  t.amount, a.amount_captured, t.reason, t.ref, t.foreign_ref, t.gateway_refund_id,
  t.gateway_status, t.gateway_code, t.review, t.created_at, t.settled_at, (
    SELECT j.run_at FROM job j
    WHERE j.kind = 'refund' AND j.subject = t.id AND j.held_at IS NULL) AS next_check_at,
  reported.amount AS amount_reported""",
    joins="""
  JOIN payment p ON p.id = t.payment_id JOIN attempt a ON a.id = t.attempt_id"""
    + _REPORTED,
    row=RefundRow,
)
UNSETTLED_REFUND = Condition(text="t.status = ANY ({}::text[])", values=(sorted(REFUND_UNSETTLED),))


@dataclass(frozen=True, kw_only=True, slots=True)
class PaymentRow:
    """A payment of a list, with how its latest attempt stands."""

    id: str
    order_id: str
    status: str
    amount: int
    amount_captured: int
    amount_refunded: int
    customer_ref: str
    created_at: datetime
    expires_at: datetime
    attempts: int
    gateway: str | None
    method: str | None
    attempt_status: str | None
    decline_code: str | None


PAYMENTS = Listing(
    table="payment",
    columns="""
  t.id, t.order_id, t.status, t.amount, t.amount_captured, t.amount_refunded, t.customer_ref,
  t.created_at, t.expires_at, coalesce(a.number, 0)::int AS attempts, a.gateway, a.method,
  a.status AS attempt_status, a.decline_code""",
    joins="""
  LEFT JOIN LATERAL (SELECT number, gateway, method, status, decline_code FROM attempt
    WHERE payment_id = t.id ORDER BY number DESC LIMIT 1) a ON true""",
    row=PaymentRow,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class MessageRow:
    """A message to an order service; ``tries`` counts its deliveries."""

    id: str
    payment_id: str
    order_id: str | None
    sequence: int
    type: str
    state: str
    tries: int
    last_error: str | None
    created_at: datetime
    next_try_at: datetime | None


_MESSAGES = """
  t.id, t.payment_id, p.order_id, t.sequence, t.type, t.state, t.attempts AS tries, t.last_error,
  t.created_at, CASE t.state WHEN 'ready' THEN t.run_at END AS next_try_at"""
_ITS_ORDER = "LEFT JOIN payment p ON p.id = t.payment_id"

WAITING_MESSAGES = Listing(
    table="outbox_message",
    at="run_at",
    columns=_MESSAGES,
    joins=_ITS_ORDER,
    row=MessageRow,
)
"""By when they are due."""
FAILED_MESSAGES = Listing(
    table="outbox_message", columns=_MESSAGES, joins=_ITS_ORDER, row=MessageRow
)
READY = Condition(text="t.state = 'ready'")
FAILED = Condition(text="t.state IN ('dead','undeliverable')")


@dataclass(frozen=True, kw_only=True, slots=True)
class NoticeRow:
    """A verified webhook, with the job that applies it: tries, failure, when it runs next."""

    id: str
    gateway: str
    event_id: str
    kind: str
    received_at: datetime
    handled_at: datetime | None
    tries: int
    last_error: str | None
    suspended_at: datetime | None
    next_try_at: datetime | None


NOTICES = Listing(
    table="inbox_notice",
    at="received_at",
    columns="""
  t.id, t.gateway, t.event_id, t.kind, t.received_at, t.handled_at,
  coalesce(j.attempts, 0)::int AS tries, j.last_error, j.held_at AS suspended_at,
  CASE WHEN j.held_at IS NULL THEN j.run_at END AS next_try_at""",
    joins="LEFT JOIN job j ON j.kind = 'handle_notice' AND j.subject = t.id",
    row=NoticeRow,
)
NOT_HANDLED = Condition(text="t.handled_at IS NULL")
HANDLED = Condition(text="t.handled_at IS NOT NULL")


@dataclass(frozen=True, kw_only=True, slots=True)
class QuarantinedRow:
    """A webhook in quarantine, however often its gateway sent it."""

    id: str
    gateway: str
    cause: str | None
    size: int
    times: int
    received_at: datetime
    last_received_at: datetime | None
    verified_at: datetime | None


QUARANTINED = Listing(
    table="quarantined",
    at="received_at",
    columns="""
  t.id, t.gateway, t.cause, t.size, t.times, t.received_at, t.last_received_at, t.verified_at""",
    row=QuarantinedRow,
)
NOT_VERIFIED = Condition(text="t.verified_at IS NULL")
VERIFIED = Condition(text="t.verified_at IS NOT NULL")


@dataclass(frozen=True, kw_only=True, slots=True)
class UnmatchedRow:
    """A charge or refund that a gateway reported and that is in no table of ours; ``payment_id`` is
    the payment that an operator matched it to."""

    id: str
    gateway: str
    kind: Kind
    reference: str
    charge_reference: str | None
    gateway_payment_id: str | None
    amount: int | None
    currency: str | None
    status: str
    gateway_status: str
    times: int
    first_reported_at: datetime
    last_reported_at: datetime
    payment_id: str | None
    matched_at: datetime | None


UNMATCHED = Listing(
    table="unmatched_report",
    at="first_reported_at",
    columns="""
  t.id, t.gateway, t.kind, t.reference, t.charge_reference, t.gateway_payment_id, t.amount,
  t.currency, t.status, t.gateway_status, t.times, t.first_reported_at, t.last_reported_at,
  t.payment_id, t.matched_at""",
    row=UnmatchedRow,
)
NOT_MATCHED = Condition(text="t.matched_at IS NULL")
MATCHED = Condition(text="t.matched_at IS NOT NULL")


@dataclass(frozen=True, kw_only=True, slots=True)
class JobRow:
    """A job that failed too often, with the payment it is about."""

    id: str
    kind: str
    subject: str
    gateway: str | None
    payment_id: str | None
    order_id: str | None
    tries: int
    last_error: str | None
    created_at: datetime
    suspended_at: datetime


SUSPENDED_JOBS = Listing(
    table="job",
    at="held_at",
    key_type="bigint",
    columns="""
  t.id::text AS id, t.kind, t.subject, t.gateway, p.id AS payment_id, p.order_id,
  t.attempts AS tries, t.last_error, t.created_at, t.held_at AS suspended_at""",
    joins="""
  LEFT JOIN payment p ON p.id = coalesce(
    (SELECT a.payment_id FROM attempt a WHERE a.id = t.subject),
    (SELECT r.payment_id FROM refund r WHERE r.id = t.subject), t.subject)
  LEFT JOIN saved_card c ON c.id = t.subject""",
    row=JobRow,
)
SUSPENDED = Condition(text="t.held_at IS NOT NULL")


@dataclass(frozen=True, kw_only=True, slots=True)
class BulkRow:
    """An action on many rows, to be read by its id."""

    id: str


BULK_ACTIONS = Listing(table="bulk_action", columns="t.id", row=BulkRow)


@dataclass(frozen=True, kw_only=True, slots=True)
class ActionRow:
    """A record of the audit log, to be read by its id."""

    id: str


ACTIONS = Listing(table="admin_action", at="at", columns="t.id", row=ActionRow)
READINGS = Condition(text="t.reading")
NO_READINGS = Condition(text="NOT t.reading")


def of_merchant(merchant_id: str, table: str = "p") -> Condition:
    """Rows of one merchant's payments."""
    return Condition(text=f"{table}.merchant_id = {{}}", values=(merchant_id,))


def job_of_merchant(merchant_id: str, *, nobodys: bool) -> Condition:
    """Jobs about what is a merchant's; with ``nobodys``, also those that name no merchant."""
    owner = "coalesce(p.merchant_id, c.merchant_id)"
    text = f"({owner} = {{}} OR {owner} IS NULL)" if nobodys else f"{owner} = {{}}"
    return Condition(text=text, values=(merchant_id,))


def equals(column: str, value: str | None) -> tuple[Condition, ...]:
    """The rows with this value; all rows for None."""
    return () if value is None else (Condition(text=f"{column} = {{}}", values=(value,)),)
