"""Judges a run: what was lost, doubled, disordered, left open, or booked wrongly. No I/O."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from itertools import chain
from typing import NamedTuple

from tests.chaos.evidence import (
    ATTEMPT,
    CANCEL,
    CAPTURE,
    OPEN,
    REFUND,
    Acknowledged,
    BookedAttempt,
    BookedPayment,
    BookedRefund,
    Delivery,
    Evidence,
    TrueOrder,
)

_UNDECIDED = frozenset({"created", "pending"})
_DECIDED = frozenset({"authorized", "captured", "failed", "voided"})


class Wrong(StrEnum):
    """What must not happen."""

    LOST = "acknowledged and lost"
    DOUBLED = "doubled"
    MESSAGES = "duplicate, disordered or missing message"
    STUCK = "stuck"
    BOOKS = "books differ from the gateways"
    INVARIANT = "invariant broken"
    UNDOCUMENTED = "internal error answered"
    RECOVERY = "fault not recovered from"
    STOPPED = "process that did not stop in order"


class Violation(NamedTuple):
    """One thing that must not have happened."""

    wrong: Wrong
    text: str


def verdict(evidence: Evidence) -> list[Violation]:
    """Everything that is wrong at the end; empty for a run as it must be."""
    found = {
        Wrong.LOST: _lost(evidence),
        Wrong.DOUBLED: _doubled(evidence),
        Wrong.MESSAGES: _messages(evidence),
        Wrong.STUCK: chain(stuck(evidence), _never_answered(evidence)),
        Wrong.BOOKS: differences(evidence),
        Wrong.INVARIANT: evidence.breaches,
        Wrong.UNDOCUMENTED: evidence.internal_errors,
    }
    return [Violation(wrong, text) for wrong, texts in found.items() for text in texts]


def stuck(evidence: Evidence) -> Iterator[str]:
    """Attempts that are open although their gateways have decided.

    A UPI attempt may be so until it may be checked again.
    """
    true = _true(evidence)
    for payment, attempt in _attempts(evidence):
        theirs = true.get((attempt.gateway, attempt.ref))
        if theirs and not attempt.waits and _behind(attempt, theirs):
            yield f"{attempt.id} of {payment.id} is {attempt.status}, {_at(theirs)}"


def waiting(evidence: Evidence) -> list[str]:
    """UPI attempts that are behind their gateways and may not be checked yet."""
    true = _true(evidence)
    return [
        attempt.id
        for _, attempt in _attempts(evidence)
        if attempt.waits
        and (theirs := true.get((attempt.gateway, attempt.ref)))
        and _behind(attempt, theirs)
    ]


def differences(evidence: Evidence) -> Iterator[str]:
    """Every charge and refund of the gateways against those in the books, both ways."""
    true, booked = _true(evidence), set[tuple[str, str]]()
    for payment, attempt in _attempts(evidence):
        booked.add((attempt.gateway, attempt.ref))
        theirs = true.get((attempt.gateway, attempt.ref)) or _nothing(attempt)
        if attempt.captured != theirs.charged:
            yield (
                f"{attempt.id} of {payment.id} has captured {attempt.captured} paise, {_at(theirs)}"
            )
        if attempt.refunded != theirs.refunded:
            yield (
                f"{attempt.id} of {payment.id} has refunded {attempt.refunded} paise, {_at(theirs)}"
            )
        yield from _refunds(payment, attempt, theirs)
    for key, theirs in true.items():
        if key not in booked and theirs.charged:
            yield f"no attempt has the reference {theirs.ref}, {_at(theirs)}"


def redeliveries(deliveries: Iterable[Delivery]) -> int:
    """How many requests to the shops brought a message again that was taken before."""
    taken, count = set[str](), 0
    for each in deliveries:
        count += each.message_id in taken
        if each.taken:
            taken.add(each.message_id)
    return count


def _true(evidence: Evidence) -> Mapping[tuple[str, str], TrueOrder]:
    return {(each.gateway, each.ref): each for each in evidence.orders}


def _attempts(evidence: Evidence) -> Iterator[tuple[BookedPayment, BookedAttempt]]:
    return ((payment, each) for payment in evidence.payments for each in payment.attempts)


def _nothing(attempt: BookedAttempt) -> TrueOrder:
    return TrueOrder(gateway=attempt.gateway, ref=attempt.ref, status="unknown")


def _at(true: TrueOrder) -> str:
    return (
        f"{true.gateway} has it as {true.status} with {true.charged} paise charged "
        f"and {true.refunded} refunded"
    )


def _behind(attempt: BookedAttempt, true: TrueOrder) -> bool:
    decided = attempt.status in _UNDECIDED and true.status in _DECIDED
    return decided or attempt.captured < true.charged


def _refunds(payment: BookedPayment, attempt: BookedAttempt, true: TrueOrder) -> Iterator[str]:
    own = {each.ref: each for each in payment.refunds if each.attempt_id == attempt.id}
    for ref in own.keys() | true.refunds.keys():
        booked = own.get(ref)
        ours = booked.amount if booked and booked.status == "succeeded" else 0
        theirs = true.refunds.get(ref, 0)
        if ours != theirs:
            name = booked.id if booked else f"no refund {ref}"
            yield f"{name} of {payment.id} has refunded {ours} paise, {true.gateway} {theirs}"


def _lost(evidence: Evidence) -> Iterator[str]:
    payments = {each.id: each for each in evidence.payments}
    answers: dict[tuple[str, str], bytes] = {}
    for each in evidence.acknowledged:
        payment = payments.get(each.payment_id)
        if payment is None:
            yield f"{each.call} of {each.payment_id} was answered, the payment is not stored"
        elif missing := _missing(each, payment):
            yield missing
        if answers.setdefault((each.shop, each.key), each.body) != each.body:
            yield f"the key {each.key} of {each.call} has two answers"
    for payment_id, captured in evidence.documents.items():
        if payment_id in payments and payments[payment_id].captured < captured:
            yield f"{payment_id} was shown with {captured} paise captured, now it has fewer"
    yield from evidence.unstored


def _missing(answered: Acknowledged, payment: BookedPayment) -> str | None:
    """What an answer promised and the books do not have."""
    attempts = {each.id for each in payment.attempts}
    refunds = {each.id: each.amount for each in payment.refunds}
    stored = {
        OPEN: (payment.order_id, payment.amount) == (answered.order_id, answered.amount),
        ATTEMPT: answered.resource_id in attempts,
        REFUND: refunds.get(answered.resource_id) == answered.amount,
        CAPTURE: payment.capture_requested or payment.captured == answered.amount,
        CANCEL: payment.status not in ("open", "pending"),
    }
    if stored[answered.call]:
        return None
    return f"{answered.call} {answered.resource_id} of {payment.id} was answered, it is not stored"


def _doubled(evidence: Evidence) -> Iterator[str]:
    orders = Counter((each.shop, each.order_id) for each in evidence.payments)
    for (_, order_id), count in orders.items():
        if count > 1:
            yield f"{order_id} has {count} payments, it was opened once"
    true = _true(evidence)
    for payment in evidence.payments:
        yield from _charged_twice(payment, true)
        yield from _refunded_twice(payment)


def _charged_twice(
    payment: BookedPayment, true: Mapping[tuple[str, str], TrueOrder]
) -> Iterator[str]:
    own = [true.get((each.gateway, each.ref)) or _nothing(each) for each in payment.attempts]
    for each in own:
        if each.charged > payment.amount:
            yield f"{payment.id} of {payment.amount} paise is charged twice: {_at(each)}"
    paid = [each for each in own if each.charged > each.refunded]
    if sum(each.charged - each.refunded for each in paid) > payment.amount:
        refs = " and ".join(each.ref for each in paid)
        yield f"the customer of {payment.id} has paid twice, by {refs}"


def _refunded_twice(payment: BookedPayment) -> Iterator[str]:
    """The shops request refunds of different amounts, so that one amount is one request."""
    requested: list[BookedRefund] = [each for each in payment.refunds if not each.automatic]
    for amount, count in Counter(each.amount for each in requested).items():
        if count > 1:
            yield f"{payment.id} has {count} refunds of {amount} paise, one was requested"


def _messages(evidence: Evidence) -> Iterator[str]:
    of_payment: dict[str, list[Delivery]] = defaultdict(list)
    for each in evidence.deliveries:
        of_payment[each.payment_id].append(each)
    for payment in evidence.payments:
        yield from _stream(payment, of_payment.pop(payment.id, []))
    for payment_id in of_payment:
        yield f"a message is about {payment_id}, which is not stored"


def _stream(payment: BookedPayment, deliveries: list[Delivery]) -> Iterator[str]:
    """Each message arrives after the one before it was taken; one number is one id and body."""
    known: dict[int, tuple[str, bytes]] = {}
    taken = 0
    for each in deliveries:
        same = known.setdefault(each.sequence, (each.message_id, each.body))
        if same != (each.message_id, each.body):
            yield f"message {each.sequence} of {payment.id} arrived with two ids or bodies"
        if each.sequence < taken:
            yield f"message {each.sequence} of {payment.id} arrived again after {taken}"
        if each.sequence > taken + 1:
            yield f"message {each.sequence} of {payment.id} arrived after {taken}"
        if each.taken:
            taken = max(taken, each.sequence)
    if taken != payment.sequence:
        yield f"the shop took {taken} messages of {payment.sequence} for {payment.id}"


def _never_answered(evidence: Evidence) -> Iterator[str]:
    """Calls without an answer; one about an attempt that may not be checked yet has time."""
    waits = {payment.id for payment, attempt in _attempts(evidence) if attempt.waits}
    for each in evidence.unanswered:
        if each.payment_id in waits:
            continue
        yield (
            f"{each.call} of {each.payment_id or 'a payment'} under the key {each.key} was never "
            f"answered, last with {each.last}"
        )
