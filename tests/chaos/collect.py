"""Collects the evidence of a run: the rows of PostgreSQL, and what the mock really did."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp

from payment_engine.db.books import connected, read_books
from payment_engine.domain.invariants import Books, breaches
from payment_engine.domain.payment import Attempt
from payment_engine.domain.upi_checks import next_allowed
from tests.chaos.evidence import (
    BookedAttempt,
    BookedPayment,
    BookedRefund,
    Evidence,
    TrueOrder,
)
from tests.chaos.journal import Journal
from tests.chaos.stack import Installation

_STATUSES = {
    "juspay": {
        "CHARGED": "captured",
        "PARTIAL_CHARGED": "captured",
        "AUTO_REFUNDED": "captured",
        "AUTHORIZED": "authorized",
        "JUSPAY_DECLINED": "failed",
        "AUTHENTICATION_FAILED": "failed",
        "AUTHORIZATION_FAILED": "failed",
        "VOIDED": "voided",
    },
    "paytm": {"TXN_SUCCESS": "captured", "TXN_FAILURE": "failed"},
    "amazonpay": {"CaptureApproved": "captured", "Declined": "failed", "Failed": "failed"},
}
"""What a gateway's status decides; any other decides nothing."""
_EVENTS = "SELECT event_id FROM inbox_notice WHERE gateway = 'juspay'"
_WITH_IDS = "juspay"
"""The gateway whose events have ids of their own, by which a stored webhook is found."""


async def collect(
    installation: Installation, journal: Journal, http: aiohttp.ClientSession
) -> Evidence:
    """Everything as it is now."""
    mock = f"{installation.plan.mock}/control"
    shops = {shop.merchant_id: shop.name for shop in installation.shops}
    orders = (await _json(http, f"{mock}/orders"))["orders"]
    sent = (await _json(http, f"{mock}/webhooks"))["webhooks"]
    since, now = datetime.now(UTC) - timedelta(days=1), datetime.now(UTC)
    async with connected(installation.environ["PE_DATABASE_URL"]) as connection:
        books = [each async for each in read_books(connection, since=None, messages_since=since)]
        stored = {row["event_id"] for row in await connection.fetch(_EVENTS)}
    return Evidence(
        acknowledged=tuple(journal.acknowledged),
        unanswered=tuple(journal.unanswered()),
        deliveries=tuple(journal.deliveries),
        payments=tuple(_payment(each, shops, now) for each in books),
        orders=tuple(_true(each) for each in orders),
        documents=dict(journal.documents),
        breaches=tuple(line for each in books for line in breaches(each)),
        unstored=tuple(_unstored(sent, stored)),
        internal_errors=tuple(journal.internal_errors()),
    )


async def _json(http: aiohttp.ClientSession, url: str) -> Any:
    async with http.get(url) as answer:
        answer.raise_for_status()
        return await answer.json()


def _payment(books: Books, shops: Mapping[str, str], now: datetime) -> BookedPayment:
    snapshot, payment = books.snapshot, books.snapshot.payment
    return BookedPayment(
        id=payment.id,
        order_id=payment.order_id,
        shop=shops[payment.merchant_id],
        status=payment.status,
        amount=payment.amount,
        captured=payment.amount_captured,
        sequence=payment.sequence,
        capture_requested=any(each.amount_to_capture for each in snapshot.attempts),
        attempts=tuple(_attempt(each, now) for each in snapshot.attempts),
        refunds=tuple(
            BookedRefund(
                id=each.id,
                ref=each.foreign_ref or each.ref,
                attempt_id=each.attempt_id,
                status=each.status,
                amount=each.amount,
                automatic=each.automatic,
            )
            for each in snapshot.refunds
        ),
    )


def _attempt(attempt: Attempt, now: datetime) -> BookedAttempt:
    return BookedAttempt(
        id=attempt.id,
        ref=attempt.ref,
        gateway=attempt.gateway,
        status=attempt.status,
        captured=attempt.amount_captured,
        refunded=attempt.amount_refunded,
        waits=next_allowed(attempt, now) > now,
    )


def _true(order: Mapping[str, Any]) -> TrueOrder:
    gateway, ledger = order["gateway"], order["ledger"]
    return TrueOrder(
        gateway=gateway,
        ref=order["order_id"],
        status=_STATUSES.get(gateway, {}).get(order["status"], "pending"),
        charges=ledger["charges"],
        refunds=ledger["refunds"],
    )


def _unstored(sent: Iterable[Mapping[str, Any]], stored: set[str]) -> Iterator[str]:
    for each in sent:
        taken = each["delivered"] and each["gateway"] == _WITH_IDS and not each["forged"]
        if taken and each["id"] not in stored:
            yield f"{each['event']} {each['id']} of {each['order_id']} was taken, it is not stored"
