"""What is true of every payment at every moment, whatever happened to it.

Checked after every step of every order of events (tests/unit/domain/test_every_order.py).
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from enum import Enum
from typing import Any

from payment_engine.domain.accounting import refunds_of
from payment_engine.domain.commit import Event
from payment_engine.domain.history import NOT_IN_HISTORY
from payment_engine.domain.payment import Attempt, Payment, Refund, Snapshot
from payment_engine.domain.states import (
    ATTEMPT_IN_PROGRESS,
    ATTEMPT_WITHOUT_MONEY,
    REFUND_UNDECIDED,
    AttemptStatus,
    roll_up,
)

_FOLLOWED_BY = ("check_charge", "capture", "void")


@dataclass(frozen=True, kw_only=True)
class Books:
    """A payment with everything that belongs to it, as stored."""

    snapshot: Snapshot
    jobs: Collection[tuple[str, str]]
    """Kind and subject of the jobs of the payment, its attempts and refunds."""
    sequences: Collection[int]
    """The numbers of the messages written for the order service."""
    events: Sequence[Event] = ()
    """The history, oldest first."""


def breaches(books: Books) -> Iterator[str]:
    """One line for each invariant that does not hold; none if all hold."""
    yield from _sums(books.snapshot)
    yield from _election(books.snapshot)
    for attempt in books.snapshot.attempts:
        yield from _money(books.snapshot, attempt)
        yield from _followed(books, attempt)
    yield from _refunds_followed(books)
    yield from _messages(books)
    yield from _history(books)


def _sums(snapshot: Snapshot) -> Iterator[str]:
    payment, attempts = snapshot.payment, snapshot.attempts
    for name in ("amount_authorized", "amount_captured", "amount_refunded"):
        total = sum(getattr(attempt, name) for attempt in attempts)
        if getattr(payment, name) != total:
            yield f"{payment.id}: {name} is {getattr(payment, name)}, its attempts' is {total}"
    counting = [attempt.status for attempt in attempts if attempt.live or attempt.elected]
    status = roll_up(counting, payment.closing, free=payment.amount == 0)
    if payment.status != status:
        yield f"{payment.id}: is {payment.status}, its attempts say {status}"


def _election(snapshot: Snapshot) -> Iterator[str]:
    elected = [attempt.id for attempt in snapshot.attempts if attempt.elected]
    if len(elected) > 1:
        yield f"{snapshot.payment.id}: {len(elected)} attempts are elected"
    for attempt in snapshot.attempts:
        captured = attempt.status is AttemptStatus.CAPTURED
        if captured and not (attempt.elected or attempt.conflict or attempt.review):
            yield f"{attempt.id}: captured, but neither elected nor in conflict or review"
    shared = Counter(
        (attempt.gateway, attempt.gateway_payment_id)
        for attempt in snapshot.attempts
        if attempt.gateway_payment_id
    )
    for (gateway, charge), count in shared.items():
        if count > 1:
            yield f"{snapshot.payment.id}: {count} attempts name charge {charge} of {gateway}"


def _money(snapshot: Snapshot, attempt: Attempt) -> Iterator[str]:
    reserved, refunded = refunds_of(snapshot.refunds, attempt.id)
    if attempt.amount_refunded != refunded:
        yield f"{attempt.id}: refunded {attempt.amount_refunded}, its refunds' sum is {refunded}"
    if attempt.amount_refund_reserved != min(reserved, attempt.amount_captured):
        yield f"{attempt.id}: reserved {attempt.amount_refund_reserved}, refunds say {reserved}"
    if reserved > attempt.amount_captured and not attempt.review:
        yield f"{attempt.id}: refunds of {reserved} exceed {attempt.amount_captured} unreviewed"
    if attempt.amount_captured > attempt.amount:
        yield f"{attempt.id}: captured {attempt.amount_captured} of {attempt.amount}"
    if attempt.status in ATTEMPT_WITHOUT_MONEY and attempt.amount_authorized:
        yield f"{attempt.id}: {attempt.status}, yet {attempt.amount_authorized} is authorized"


def _followed(books: Books, attempt: Attempt) -> Iterator[str]:
    payment = books.snapshot.payment
    waits_for_shop = (
        attempt.status is AttemptStatus.AUTHORIZED
        and payment.capture == "manual"
        and attempt.elected
    )
    may_change = attempt.status in ATTEMPT_IN_PROGRESS or attempt.status is AttemptStatus.AUTHORIZED
    if not may_change or waits_for_shop or attempt.review:
        return
    if not any((kind, attempt.id) in books.jobs for kind in _FOLLOWED_BY):
        yield f"{attempt.id}: {attempt.status}, and nothing follows it up"


def _refunds_followed(books: Books) -> Iterator[str]:
    for refund in books.snapshot.refunds:
        followed = ("refund", refund.id) in books.jobs or refund.review
        if refund.status in REFUND_UNDECIDED and not followed:
            yield f"{refund.id}: {refund.status}, and nothing follows it up"


def _messages(books: Books) -> Iterator[str]:
    payment = books.snapshot.payment
    if sorted(books.sequences) != list(range(1, payment.sequence + 1)):
        yield f"{payment.id}: {payment.sequence} messages were due, written {books.sequences}"


def _history(books: Books) -> Iterator[str]:
    """The changes in the history add up to the rows; older histories have none."""
    if not books.events or books.events[0].changes is None:
        return
    replayed: dict[str, dict[str, Any]] = {}
    for event in books.events:
        for row_id, columns in (event.changes or {}).items():
            replayed.setdefault(row_id, {}).update(columns)
    snapshot = books.snapshot
    rows: tuple[Payment | Attempt | Refund, ...] = (
        snapshot.payment,
        *snapshot.attempts,
        *snapshot.refunds,
    )
    for row in rows:
        yield from _replayed(row, replayed.get(row.id, {}))


def _replayed(row: Payment | Attempt | Refund, changes: Mapping[str, Any]) -> Iterator[str]:
    for column in fields(row):
        if column.name in NOT_IN_HISTORY:
            continue
        stored = _plain(getattr(row, column.name))
        replayed = _plain(changes.get(column.name, column.default))
        if stored != replayed:
            yield f"{row.id}: {column.name} is {stored}, its history says {replayed}"


def _plain(value: Any) -> Any:
    """A value as comparable whether it comes from a row or from a history read back as JSON."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return value.timestamp()
    if isinstance(value, str) and value[4:5] == "-" and value[10:11] == "T":
        return datetime.fromisoformat(value).timestamp()
    return value
