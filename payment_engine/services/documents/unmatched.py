"""What gateways report of charges and refunds that we do not know, as people on call see it."""

from datetime import datetime

from typing_extensions import TypedDict

from payment_engine.db import worklists as rows
from payment_engine.db.unmatched import Kind
from payment_engine.domain.money import Paise, display
from payment_engine.services.documents.base import Time, document, format_time
from payment_engine.services.documents.worklists import age_seconds


@document
class UnmatchedItemOut(TypedDict):
    """A charge or refund that a gateway reported and that we do not know; ``amount`` in paise.

    ``times``: how often it was reported; ``status`` is the last. ``payment_id``: the payment that
    an operator matched it to.
    """

    id: str
    gateway: str
    kind: Kind
    reference: str
    charge_reference: str | None
    gateway_payment_id: str | None
    amount: int | None
    amount_display: str | None
    currency: str | None
    status: str
    gateway_status: str
    times: int
    first_reported_at: Time
    last_reported_at: Time
    matched_at: Time | None
    payment_id: str | None
    age_seconds: int


@document
class UnmatchedPage(TypedDict):
    """Charges and refunds that we do not know; ``next`` is the ``after`` of the next page."""

    items: list[UnmatchedItemOut]
    next: str | None


def unmatched_item(row: rows.UnmatchedRow, now: datetime) -> UnmatchedItemOut:
    """A report of a charge or refund that we do not know."""
    return {
        "id": row.id,
        "gateway": row.gateway,
        "kind": row.kind,
        "reference": row.reference,
        "charge_reference": row.charge_reference,
        "gateway_payment_id": row.gateway_payment_id,
        "amount": row.amount,
        "amount_display": _rupees(row),
        "currency": row.currency,
        "status": row.status,
        "gateway_status": row.gateway_status,
        "times": row.times,
        "first_reported_at": format_time(row.first_reported_at),
        "last_reported_at": format_time(row.last_reported_at),
        "matched_at": format_time(row.matched_at),
        "payment_id": row.payment_id,
        "age_seconds": age_seconds(row.first_reported_at, now),
    }


def _rupees(row: rows.UnmatchedRow) -> str | None:
    """None for no amount, and for one in another currency."""
    known = row.amount is not None and row.currency in (None, "INR")
    return display(Paise(row.amount or 0)) if known else None
