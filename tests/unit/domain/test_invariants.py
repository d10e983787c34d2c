"""What is true of every payment, and the sentence for each way in which it is not."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from payment_engine.domain.invariants import Books, breaches
from payment_engine.domain.lifecycle import PaymentChange
from payment_engine.domain.payment import Attempt, Payment, Snapshot
from payment_engine.domain.states import AttemptStatus, PaymentStatus
from tests.unit.domain.test_every_order import (
    AMOUNT,
    AUTHORIZED,
    CAPTURED,
    Played,
    attempting,
    refunding,
    reports,
)


def played(*steps: Callable[[PaymentChange], object], capture: str = "automatic") -> Played:
    payment = Played(capture)
    for step in steps:
        payment.play(step)
    return payment


def payment_with(snapshot: Snapshot, **columns: Any) -> Snapshot:
    row: Payment = replace(snapshot.payment, **columns)
    return replace(snapshot, payment=row)


def attempt_with(snapshot: Snapshot, **columns: Any) -> Snapshot:
    row: Attempt = replace(snapshot.attempts[0], **columns)
    return replace(snapshot, attempts=(row,))


def twice(snapshot: Snapshot, **columns: Any) -> Snapshot:
    """The attempt, and a second one like it."""
    first = replace(snapshot.attempts[0], **columns)
    return replace(snapshot, attempts=(first, replace(first, id="att_2")))


BREACHES: dict[str, Callable[[Snapshot], Snapshot]] = {
    "pay_1: amount_captured is 5 paise, its attempts add up to 116400": lambda s: payment_with(
        s, amount_captured=5
    ),
    "pay_1: it is open, its attempts add up to paid": lambda s: payment_with(
        s, status=PaymentStatus.OPEN
    ),
    "pay_1: 2 attempts are elected": twice,
    "is captured, but neither elected nor in conflict or review": lambda s: attempt_with(
        s, elected=False
    ),
    "pay_1: 2 attempts name charge moz of juspay": lambda s: twice(s, gateway_payment_id="moz"),
    "has refunded 7 paise, its refunds add up to 0": lambda s: attempt_with(s, amount_refunded=7),
    "reserves 7 paise for refunds, they add up to 16400": lambda s: attempt_with(
        s, amount_refund_reserved=7
    ),
    "has refunds of 116401 paise, more than the 116400 captured, and no review": lambda s: replace(
        s, refunds=(replace(s.refunds[0], amount=AMOUNT + 1),)
    ),
    "has captured 116401 paise of 116400": lambda s: attempt_with(s, amount_captured=AMOUNT + 1),
    "has captured 116400 paise, yet 116401 are authorized": lambda s: attempt_with(
        s, amount_authorized=AMOUNT + 1
    ),
    "is failed, yet 3 paise are authorized": lambda s: attempt_with(
        s, status=AttemptStatus.FAILED, amount_authorized=3
    ),
    "is 1, its history says None": lambda s: attempt_with(s, rrn="1"),
}


@pytest.mark.parametrize("sentence", BREACHES)
def test_books_that_do_not_add_up_are_named_in_a_line(sentence: str) -> None:
    payment = played(attempting, CAPTURED, refunding)
    broken = replace(payment.books(), snapshot=BREACHES[sentence](payment.snapshot))
    assert any(sentence in line for line in breaches(broken)), list(breaches(broken))


def test_a_charge_that_another_payment_names_as_well_is_named() -> None:
    payment = played(attempting, CAPTURED)
    snapshot = attempt_with(payment.snapshot, gateway_payment_id="moz")
    attempt_id = snapshot.attempts[0].id
    books = replace(
        payment.books(), snapshot=snapshot, events=(), shared_charges=(attempt_id, "att_other")
    )
    assert list(breaches(books)) == [
        f"pay_1: {attempt_id} names charge moz of juspay, as another payment does"
    ]


def test_a_refund_or_a_message_that_was_forgotten_is_named() -> None:
    payment = played(attempting, CAPTURED, refunding)
    lines = list(breaches(Books(snapshot=payment.snapshot, jobs=(), sequences=())))
    refund = payment.snapshot.refunds[0]
    assert lines == [
        f"pay_1: {refund.id} is created, and nothing follows it up",
        "pay_1: 1 messages were due, the outbox has none",
    ]


def test_a_refund_under_review_needs_no_job() -> None:
    payment = played(attempting, CAPTURED, refunding)
    payment.play(lambda change: change.review(change.snapshot.refunds[0], "no answer"))
    payment.jobs.clear()
    assert list(breaches(payment.books())) == []


def outbox(*sequences: int, swept: bool) -> list[str]:
    """What is wrong with these numbers in the outbox of a payment with three messages."""
    payment = Played()
    snapshot = payment_with(payment.snapshot, sequence=3)
    books = Books(snapshot=snapshot, jobs=(), sequences=sequences, swept=swept)
    return [line.partition(": ")[2] for line in breaches(books)]


def test_the_outbox_has_each_message_once() -> None:
    assert outbox(2, 1, 3, swept=False) == []
    for wrong in ((), (2, 3), (1, 3), (1, 2), (1, 2, 2, 3), (1, 2, 3, 4)):
        assert len(outbox(*wrong, swept=False)) == 1
    assert outbox(1, 3, swept=False) == ["3 messages were due, the outbox has 1, 3"]


def test_of_an_old_payment_the_first_messages_may_be_gone_but_no_later_ones() -> None:
    for right in ((1, 2, 3), (2, 3), (3,), ()):
        assert outbox(*right, swept=True) == []
    for wrong in ((1, 3), (1, 2), (2,), (3, 3), (2, 3, 3), (1, 2, 3, 4)):
        assert len(outbox(*wrong, swept=True)) == 1


def test_authorized_money_waits_for_the_shop_without_a_job() -> None:
    payment = played(attempting, AUTHORIZED, capture="manual")
    payment.jobs.clear()
    attempt_id = payment.snapshot.attempts[0].id
    payment.play(lambda change: change.update_attempt(attempt_id, gateway_payment_id="moz"))
    assert list(breaches(payment.books())) == []


def test_a_requested_capture_has_a_job() -> None:
    payment = played(attempting, AUTHORIZED, capture="manual")
    payment.jobs.clear()
    attempt_id = payment.snapshot.attempts[0].id
    payment.play(lambda change: change.update_attempt(attempt_id, amount_to_capture=AMOUNT))
    assert list(breaches(payment.books())) == [
        f"pay_1: {attempt_id} is authorized, and nothing follows it up"
    ]


def test_after_a_partial_capture_the_rest_is_no_longer_authorized() -> None:
    payment = played(attempting, AUTHORIZED, reports(AttemptStatus.CAPTURED, captured=100))
    assert payment.snapshot.attempts[0].amount_authorized == 100
    assert list(breaches(payment.books())) == []


def test_a_history_read_back_as_text_replays_all_the_same() -> None:
    payment = played(attempting, CAPTURED)
    settled_at = payment.snapshot.attempts[0].settled_at
    assert settled_at is not None
    events = [
        replace(
            event,
            changes={
                row: {name: settled_at.isoformat() if value == settled_at else value
                      for name, value in columns.items()}
                for row, columns in (event.changes or {}).items()
            },
        )
        for event in payment.events
    ]  # fmt: skip
    books = replace(payment.books(), events=events)
    assert list(breaches(books)) == []


def test_a_history_of_which_release_0_1_0_wrote_a_part_is_not_replayed() -> None:
    payment = played(attempting, CAPTURED)
    assert payment.snapshot.attempts[0].status is AttemptStatus.CAPTURED
    snapshot = attempt_with(payment.snapshot, rrn="as release 0.1.0 wrote it")
    for number, event in enumerate(payment.events):
        if event.changes is None:
            continue
        events = list(payment.events)
        events[number] = replace(event, changes=None)
        assert list(breaches(replace(payment.books(), snapshot=snapshot, events=events))) == []
    assert len(list(breaches(replace(payment.books(), snapshot=snapshot)))) == 1
