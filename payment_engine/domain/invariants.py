"""What is true of every payment at every moment, whatever happened to it.

Checked after every step of every order of events (tests/unit/domain/test_every_order.py), at the
end of every test that runs the service, and by the command ``invariants`` in a live database.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from payment_engine.domain.accounting import refunds_of
from payment_engine.domain.commit import Event
from payment_engine.domain.events import EventType
from payment_engine.domain.history import NOT_IN_HISTORY
from payment_engine.domain.jobs import JobKind
from payment_engine.domain.payment import Attempt, Payment, Refund, Snapshot
from payment_engine.domain.states import (
    ATTEMPT_POLLED,
    ATTEMPT_WITHOUT_MONEY,
    REFUND_NOT_SENT,
    REFUND_UNDECIDED,
    AttemptStatus,
    roll_up,
)

_ATTEMPT_FOLLOWED_BY = (JobKind.CHECK_CHARGE, JobKind.CAPTURE, JobKind.VOID)
"""The jobs of which an attempt that may still change has at least one."""
FOLLOWED_BY = (*_ATTEMPT_FOLLOWED_BY, JobKind.REFUND)
"""The jobs that follow up attempts and refunds."""
_SUMS = ("amount_authorized", "amount_captured", "amount_refunded")


@dataclass(frozen=True, kw_only=True)
class Books:
    """A payment with everything that belongs to it, as stored."""

    snapshot: Snapshot
    jobs: Collection[tuple[str, str]]
    """Kind and subject of the jobs of its attempts and refunds."""
    sequences: Collection[int]
    """The numbers of the messages written for the order service."""
    swept: bool = False
    """Old enough that its first messages may have been delivered and deleted since."""
    events: Sequence[Event] = ()
    """The history, oldest first."""
    shared_charges: Collection[str] = ()
    """The ids of its attempts whose charge at the gateway an attempt of another payment names."""


def breaches(books: Books) -> Iterator[str]:
    """A line for each invariant that does not hold: the payment's id, and what is wrong."""
    for sentence in _sentences(books):
        yield f"{books.snapshot.payment.id}: {sentence}"


def _sentences(books: Books) -> Iterator[str]:
    yield from _sums(books.snapshot)
    yield from _election(books.snapshot)
    yield from _charges(books)
    for attempt in books.snapshot.attempts:
        yield from _refunds(books, attempt)
        yield from _money(attempt)
        yield from _followed(books, attempt)
    yield from _refunds_followed(books)
    yield from _messages(books)
    yield from _history(books)


def _sums(snapshot: Snapshot) -> Iterator[str]:
    payment, attempts = snapshot.payment, snapshot.attempts
    for name in _SUMS:
        own, total = getattr(payment, name), sum(getattr(attempt, name) for attempt in attempts)
        if own != total:
            yield f"{name} is {own} paise, its attempts add up to {total}"
    counting = [attempt.status for attempt in attempts if attempt.live or attempt.elected]
    status = roll_up(counting, payment.closing, free=payment.amount == 0)
    if payment.status != status:
        yield f"it is {payment.status}, its attempts add up to {status}"


def _election(snapshot: Snapshot) -> Iterator[str]:
    elected = [attempt.id for attempt in snapshot.attempts if attempt.elected]
    if len(elected) > 1:
        yield f"{len(elected)} attempts are elected"
    for attempt in snapshot.attempts:
        captured = attempt.status is AttemptStatus.CAPTURED
        if captured and not (attempt.elected or attempt.conflict or attempt.review):
            yield f"{attempt.id} is captured, but neither elected nor in conflict or review"


def _charges(books: Books) -> Iterator[str]:
    """A charge at a gateway belongs to one attempt."""
    attempts = books.snapshot.attempts
    shared = Counter(
        (attempt.gateway, attempt.gateway_payment_id)
        for attempt in attempts
        if attempt.gateway_payment_id
    )
    for (gateway, charge), count in shared.items():
        if count > 1:
            yield f"{count} attempts name charge {charge} of {gateway}"
    for attempt in attempts:
        if attempt.id in books.shared_charges:
            charge = f"charge {attempt.gateway_payment_id} of {attempt.gateway}"
            yield f"{attempt.id} names {charge}, as another payment does"


def _refunds(books: Books, attempt: Attempt) -> Iterator[str]:
    reserved, refunded = refunds_of(books.snapshot.refunds, attempt.id)
    captured = attempt.amount_captured
    if attempt.amount_refunded != refunded:
        yield (
            f"{attempt.id} has refunded {attempt.amount_refunded} paise, "
            f"its refunds add up to {refunded}"
        )
    if attempt.amount_refund_reserved != min(reserved, captured):
        yield (
            f"{attempt.id} reserves {attempt.amount_refund_reserved} paise for refunds, "
            f"they add up to {reserved}"
        )
    if reserved > captured and not (attempt.review or _resolved(books.events, attempt)):
        yield (
            f"{attempt.id} has refunds of {reserved} paise, more than the {captured} captured, "
            "and no review"
        )


def _resolved(events: Sequence[Event], attempt: Attempt) -> bool:
    """Whether a person ended a review of the attempt, knowing what is wrong with it."""
    return any(
        event.type == EventType.REVIEW_RESOLVED and event.attempt_id == attempt.id
        for event in events
    )


def _money(attempt: Attempt) -> Iterator[str]:
    authorized, captured = attempt.amount_authorized, attempt.amount_captured
    if captured > attempt.amount:
        yield f"{attempt.id} has captured {captured} paise of {attempt.amount}"
    if attempt.status in ATTEMPT_WITHOUT_MONEY and authorized:
        yield f"{attempt.id} is {attempt.status}, yet {authorized} paise are authorized"
    if attempt.status is AttemptStatus.CAPTURED and authorized > captured:
        yield f"{attempt.id} has captured {captured} paise, yet {authorized} are authorized"


def _followed(books: Books, attempt: Attempt) -> Iterator[str]:
    waits_for_shop = (
        attempt.status is AttemptStatus.AUTHORIZED
        and books.snapshot.payment.capture == "manual"
        and attempt.elected
        and attempt.amount_to_capture is None
    )
    if attempt.status not in ATTEMPT_POLLED or waits_for_shop or attempt.review:
        return
    if not any((kind, attempt.id) in books.jobs for kind in _ATTEMPT_FOLLOWED_BY):
        yield f"{attempt.id} is {attempt.status}, and nothing follows it up"


def _refunds_followed(books: Books) -> Iterator[str]:
    for refund in books.snapshot.refunds:
        followed = (JobKind.REFUND, refund.id) in books.jobs or refund.review
        if refund.status in REFUND_UNDECIDED and not followed:
            yield f"{refund.id} is {refund.status}, and nothing follows it up"
        if refund.status in REFUND_NOT_SENT and (JobKind.REFUND, refund.id) in books.jobs:
            yield f"{refund.id} is {refund.status}, yet a job would send it"


def _messages(books: Books) -> Iterator[str]:
    """Each change was written for the order service once; only the first may be gone."""
    due = list(range(1, books.snapshot.payment.sequence + 1))
    written = sorted(books.sequences)
    newest = due[len(due) - len(written) :] if books.swept else due
    if written != newest:
        numbers = ", ".join(map(str, written)) or "none"
        yield f"{len(due)} messages were due, the outbox has {numbers}"


def _history(books: Books) -> Iterator[str]:
    """The changes in the history add up to the rows."""
    if not _replays(books.events):
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


def _replays(events: Sequence[Event]) -> bool:
    """Whether every change of the history has its columns, which its first event carries.

    Release 0.1.0 wrote none.
    """
    known_at = None
    for event in events:
        if event.changes is not None:
            known_at = event.at
        if event.at != known_at:
            return False
    return bool(events)


def _replayed(row: Payment | Attempt | Refund, changes: Mapping[str, Any]) -> Iterator[str]:
    for column in fields(row):
        if column.name in NOT_IN_HISTORY:
            continue
        stored = getattr(row, column.name)
        replayed = changes.get(column.name, column.default)
        if isinstance(stored, datetime) and isinstance(replayed, str):
            replayed = datetime.fromisoformat(replayed)
        if stored != replayed:
            yield f"{column.name} of {row.id} is {stored}, its history says {replayed}"
