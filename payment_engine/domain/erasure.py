"""When the personal data of a payment may be erased, and what then remains of it: the money.

Amounts, statuses, times, ids and the references of gateways and banks stay, as books of account
and refunds need them. What a customer is known by leaves.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from payment_engine.domain.customer import names_a_person
from payment_engine.domain.events import EventType
from payment_engine.domain.lifecycle import PaymentChange
from payment_engine.domain.payment import Attempt, Payment, Snapshot
from payment_engine.domain.rows import with_columns
from payment_engine.domain.states import (
    ATTEMPT_FINAL,
    PAYMENT_FINISHED,
    REFUND_UNSETTLED,
    AttemptStatus,
)

ERASED = "erased"
"""Stands for a text that was personal."""
TRACES: Mapping[str, None] = dict.fromkeys(("payer", "address_hash", "bin_hash"))
"""What an attempt has of its customer and nobody needs for money: the UPI ID to save, and where a
card came from."""
_LEAVING: Mapping[str, None] = {**TRACES, **dict.fromkeys(("payer_hash", "next_action"))}
_NO_CONTACT = b"{}"


def may_be_erased(
    snapshot: Snapshot, now: datetime, stored_for: timedelta, windows: Mapping[str, int]
) -> bool:
    """Whether nobody needs the personal data of a payment any more.

    It is ended, nothing of it is under review, undecided or owed to the customer, the last change
    of it is older than ``stored_for``, and what could be refunded has left the window of its
    method: ``windows`` are days after capture.
    """
    payment = snapshot.payment
    return (
        payment.erased_at is None
        and payment.status in PAYMENT_FINISHED
        and all(attempt.status in ATTEMPT_FINAL for attempt in snapshot.attempts)
        and not any(refund.status in REFUND_UNSETTLED for refund in snapshot.refunds)
        and not any(row.review for row in snapshot.rows)
        and not any(_is_owed(attempt) for attempt in snapshot.attempts)
        and not any(_in_window(attempt, now, windows) for attempt in snapshot.attempts)
        and max(_times(snapshot)) < now - stored_for
    )


def _is_owed(attempt: Attempt) -> bool:
    """Whether money that cannot pay the order is not back at the customer."""
    return attempt.conflict is not None and attempt.amount_refunded < attempt.amount_captured


def _in_window(attempt: Attempt, now: datetime, windows: Mapping[str, int]) -> bool:
    captured = attempt.status is AttemptStatus.CAPTURED and attempt.refundable > 0
    days = windows.get(attempt.method, 0) if captured else 0
    return now - (attempt.settled_at or attempt.created_at) <= timedelta(days=days)


def _times(snapshot: Snapshot) -> Iterator[datetime]:
    payment = snapshot.payment
    yield payment.closed_at or payment.created_at
    for row in snapshot.rows:
        yield row.settled_at or row.created_at


def erase(change: PaymentChange) -> None:
    """Take what is personal out of a payment's rows. It is no news for the order service."""
    for attempt in change.snapshot.attempts:
        change.update_attempt(attempt.id, **_LEAVING)
    for refund in change.snapshot.refunds:
        change.update_refund(refund.id, lines=[_line(line) for line in refund.lines])
    sealed = change.situation.seal(_NO_CONTACT, change.payment.id)
    change.payment = _erased(change.payment, sealed, change.now)
    change.note(EventType.PAYMENT_ERASED)


def _erased(payment: Payment, sealed: bytes, now: datetime) -> Payment:
    address = urlsplit(payment.return_url)
    ref = payment.customer_ref
    return with_columns(
        payment,
        customer=sealed,
        phone_hash=None,
        customer_ref=f"{ERASED}:{payment.id}" if names_a_person(ref) else ref,
        breakdown=[_line(line) for line in payment.breakdown],
        metadata={},
        return_url=f"{address.scheme}://{address.netloc}/",
        erased_at=now,
    )


def _line(line: Mapping[str, Any]) -> dict[str, Any]:
    """Its amount, in paise; what was bought says something of the customer's health."""
    return {"label": ERASED, "amount": line["amount"]}
