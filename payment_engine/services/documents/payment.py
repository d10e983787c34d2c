"""What a payment looks like: to callers of the API, and in messages to the order service."""

from datetime import datetime
from typing import Literal, NotRequired, cast

from typing_extensions import TypedDict

from payment_engine.domain.money import Paise, display
from payment_engine.domain.outcomes import contradicts_amounts
from payment_engine.domain.payment import Attempt, Snapshot
from payment_engine.domain.states import PAYMENT_FINISHED, PaymentStatus
from payment_engine.engine import Engine
from payment_engine.services.documents.attempt import AttemptOut, attempt_document
from payment_engine.services.documents.base import Time, document, format_time
from payment_engine.services.documents.refund import RefundOut, refund_document

Currency = Literal["INR"]
CaptureMode = Literal["automatic", "manual"]

_POLL_AFTER_MS = 2000


@document
class LineTextOut(TypedDict):
    """The text of a line in another language."""

    label: str
    note: NotRequired[str]


class BreakdownLine(TypedDict):
    """One line of the order summary as it is stored; ``amount`` in paise."""

    label: str
    amount: int
    note: NotRequired[str]
    hi: NotRequired[LineTextOut]


@document
class LineOut(BreakdownLine):
    """One line of the order summary; ``amount`` in paise."""

    amount_display: str


@document
class CustomerOut(TypedDict):
    """The shop's reference for the customer; nothing else of them is shown."""

    ref: str


@document
class PaymentOut(TypedDict):
    """A payment; amounts in paise, each beside its display form."""

    id: str
    order_id: str
    status: PaymentStatus
    amount: int
    amount_display: str
    amount_authorized: int
    amount_authorized_display: str
    amount_captured: int
    amount_captured_display: str
    amount_refunded: int
    amount_refunded_display: str
    currency: Currency
    capture: CaptureMode
    breakdown: list[LineOut]
    metadata: dict[str, str]
    customer: CustomerOut
    return_url: str
    attempts: list[AttemptOut]
    refunds: list[RefundOut]
    created_at: Time
    expires_at: Time
    server_time: Time
    version: int
    next_poll_in_ms: int | None
    allowed_actions: list[str]


@document
class CheckoutOut(TypedDict):
    """The hosted checkout of a payment, and the token that another checkout calls with."""

    token: str
    url: str
    expires_at: Time


@document
class OpenedPayment(PaymentOut):
    """A payment with its checkout."""

    checkout: CheckoutOut


@document
class PaymentList(TypedDict):
    """Payments, oldest first; ``next``: the ``after`` of the next page, null after the last."""

    payments: list[PaymentOut]
    next: str | None


@document
class AttemptAnswer(TypedDict):
    """An attempt, and its payment after it."""

    attempt: AttemptOut
    payment: PaymentOut


@document
class RefundAnswer(TypedDict):
    """A refund, and its payment after it."""

    refund: RefundOut
    payment: PaymentOut


def payment_document(engine: Engine, snapshot: Snapshot, *, actions: bool = True) -> PaymentOut:
    """The payment; ``actions``: with what each live attempt needs next (messages have none)."""
    payment, now = snapshot.payment, engine.now()
    return {
        "id": payment.id,
        "order_id": payment.order_id,
        "status": payment.status,
        "amount": payment.amount,
        "amount_display": display(Paise(payment.amount)),
        "amount_authorized": payment.amount_authorized,
        "amount_authorized_display": display(Paise(payment.amount_authorized)),
        "amount_captured": payment.amount_captured,
        "amount_captured_display": display(Paise(payment.amount_captured)),
        "amount_refunded": payment.amount_refunded,
        "amount_refunded_display": display(Paise(payment.amount_refunded)),
        "currency": cast(Currency, payment.currency),
        "capture": cast(CaptureMode, payment.capture),
        "breakdown": [_line(line) for line in payment.breakdown],
        "metadata": payment.metadata,
        "customer": {"ref": payment.customer_ref},
        "return_url": payment.return_url,
        "attempts": [
            attempt_document(engine, snapshot, attempt, actions=actions)
            for attempt in snapshot.attempts
        ],
        "refunds": [refund_document(refund) for refund in snapshot.refunds],
        "created_at": format_time(payment.created_at),
        "expires_at": format_time(payment.expires_at),
        "server_time": format_time(now),
        "version": payment.version,
        "next_poll_in_ms": None if payment.status in PAYMENT_FINISHED else _POLL_AFTER_MS,
        "allowed_actions": allowed_actions(snapshot, now),
    }


def _line(line: BreakdownLine) -> LineOut:
    return {**line, "amount_display": display(Paise(line["amount"]))}


def allowed_actions(snapshot: Snapshot, now: datetime) -> list[str]:
    """What may be done with the payment as it stands."""
    payment = snapshot.payment
    if payment.status == "open" and now < payment.expires_at:
        return ["attempt", "cancel"]
    if payment.status == "pending":
        return ["wait", "replace", "cancel"] if now < payment.expires_at else ["wait", "cancel"]
    if payment.status == "authorized":
        elected = snapshot.elected
        unexplained = elected is not None and contradicts_amounts(elected.review)
        return [] if unexplained else ["capture", "void"]
    return ["refund"] if any(_refundable(attempt) for attempt in snapshot.attempts) else []


def _refundable(attempt: Attempt) -> bool:
    return bool(attempt.amount_captured > attempt.amount_refund_reserved)
