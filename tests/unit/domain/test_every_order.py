"""Every order in which the events of a payment's life can arrive, each once or repeated.

Gateways report late, twice and out of turn. For each life cycle all sequences of its events, up
to six long, are played through the pure core: they end in one state, or in one of the states
that are named here with the reason why they differ. All invariants hold after every step.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest

from payment_engine.domain.commit import Event
from payment_engine.domain.decision import Situation
from payment_engine.domain.gateway import ChargeState, RefundState
from payment_engine.domain.ids import DrawnIds
from payment_engine.domain.invariants import Books, breaches
from payment_engine.domain.lifecycle import PaymentChange
from payment_engine.domain.money import Paise
from payment_engine.domain.payment import Payment, Snapshot
from payment_engine.domain.states import AttemptStatus, Closing, PaymentStatus, RefundStatus

NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
AMOUNT = 116400

Step = Callable[[PaymentChange], object]


class Played:
    """A payment in memory: each step is decided on what the last one left."""

    def __init__(self, capture: str = "automatic") -> None:
        self.now = NOW
        self.ids = DrawnIds(lambda: self.now)
        self.events: list[Event] = []
        self.jobs: set[tuple[str, str]] = set()
        self.sequences: list[int] = []
        self.announced: list[str] = []
        row = Payment(
            id="pay_1",
            merchant_id="mer_1",
            order_id="order",
            status=PaymentStatus.OPEN,
            amount=AMOUNT,
            currency="INR",
            breakdown=[],
            metadata={},
            customer_ref="cust",
            customer=b"",
            return_url="https://shop.example",
            capture=capture,
            created_at=NOW,
            expires_at=NOW + timedelta(hours=1),
        )
        self.snapshot = Snapshot(payment=row)
        self._finish(PaymentChange(self.snapshot, self._situation(), new=True))

    def play(self, step: Step) -> None:
        self.now += timedelta(seconds=1)
        change = PaymentChange(self.snapshot, self._situation())
        step(change)
        self._finish(change)

    def books(self) -> Books:
        return Books(
            snapshot=self.snapshot, jobs=self.jobs, sequences=self.sequences, events=self.events
        )

    def _situation(self) -> Situation:
        return Situation(
            now=self.now,
            source="webhook",
            ids=self.ids,
            seal=lambda plain, _: plain,
            fulfilment_window=timedelta(hours=1),
        )

    def _finish(self, change: PaymentChange) -> None:
        decided = change.finish()
        if decided is None:
            return
        before = self.snapshot.payment.sequence
        self.snapshot = decided.after
        self.events += decided.events
        self.announced += [each.type.value for each in decided.announcements]
        self.sequences += range(before + 1, self.snapshot.payment.sequence + 1)
        self.jobs |= {(job.kind, job.subject) for job in decided.jobs}
        self.jobs -= {(job.kind, job.subject) for job in decided.withdrawn}


def attempting(change: PaymentChange) -> None:
    live = change.snapshot.live
    if live:
        change.release(live, "replaced")
    attempt = change.add_attempt(
        gateway="juspay", method="upi_intent", expires_at=change.now + timedelta(minutes=8)
    )
    change.request_job("check_charge", attempt.id, change.now, "juspay")


def reports(status: AttemptStatus, number: int = 0, captured: int | None = None) -> Step:
    def step(change: PaymentChange) -> None:
        attempt = change.snapshot.attempts[number]
        state = ChargeState(
            ref=attempt.ref,
            status=status,
            gateway_status=status.value.upper(),
            amount=Paise(AMOUNT),
            captured=Paise(captured) if captured else None,
        )
        change.apply_charge(attempt.id, state)

    return step


def refunding(change: PaymentChange) -> None:
    refund = change.add_refund(change.snapshot.attempts[0], 16400, "out_of_stock")
    change.request_job("refund", refund.id, change.now, "juspay")


def refund_reports(status: RefundStatus) -> Step:
    def step(change: PaymentChange) -> None:
        refund = change.snapshot.refunds[0]
        attempt = change.attempt(refund.attempt_id)
        state = RefundState(
            ref=refund.ref, charge_ref=attempt.ref, status=status, gateway_status=status.value
        )
        change.apply_refund(refund.id, state)

    return step


def close(closing: Closing) -> Step:
    def step(change: PaymentChange) -> None:
        if change.payment.status in (PaymentStatus.OPEN, PaymentStatus.PENDING):
            change.close(closing)

    return step


A, R = AttemptStatus, RefundStatus
PENDING, CAPTURED, FAILED = reports(A.PENDING), reports(A.CAPTURED), reports(A.FAILED)
AUTHORIZED, VOIDED = reports(A.AUTHORIZED), reports(A.VOIDED)
CONTRADICTS = "what was said first contradicts what came later, so a person looks at it"
EITHER_MAY_PAY = "whichever success comes first pays the order, and the other is sent back"

CYCLES: Mapping[str, tuple[tuple[Step, ...], Mapping[str, Step], Mapping[str, str]]] = {
    "pay": (
        (attempting,),
        {"pending": PENDING, "captured": CAPTURED},
        {"paid | captured elected": "the money arrived"},
    ),
    "decline, then pay by the same charge": (
        (attempting,),
        {"pending": PENDING, "failed": FAILED, "captured": CAPTURED},
        {
            "paid | captured elected": "a success after a decline is a late success",
            "paid | captured elected review": CONTRADICTS,
        },
    ),
    "two attempts": (
        (attempting, attempting),
        {"first": CAPTURED, "second": reports(A.CAPTURED, 1)},
        {
            "paid | captured elected, captured second_success | created automatic": EITHER_MAY_PAY,
            "paid | captured second_success, captured elected | created automatic": EITHER_MAY_PAY,
        },
    ),
    "a decline, then another attempt pays": (
        (attempting, attempting),
        {"failed": FAILED, "captured": reports(A.CAPTURED, 1)},
        {"paid | failed, captured elected": "the decline of one says nothing of the other"},
    ),
    "capture": (
        (attempting,),
        {"authorized": AUTHORIZED, "captured": CAPTURED},
        {"paid | captured elected": "captured follows authorized, and is not followed by it"},
    ),
    "partial capture": (
        (attempting,),
        {"authorized": AUTHORIZED, "captured": reports(A.CAPTURED, captured=100000)},
        {"paid | captured elected": "captured follows authorized, and is not followed by it"},
    ),
    "void": (
        (attempting,),
        {"pending": PENDING, "authorized": AUTHORIZED, "voided": VOIDED},
        {"voided | voided": "what is authorized is older than its void, and may never be reported"},
    ),
    "refund": (
        (attempting, CAPTURED, refunding),
        {"pending": refund_reports(R.PENDING), "succeeded": refund_reports(R.SUCCEEDED)},
        {"paid | captured elected | succeeded": "succeeded follows pending"},
    ),
    "bounced refund": (
        (attempting, CAPTURED, refunding),
        {"succeeded": refund_reports(R.SUCCEEDED), "failed": refund_reports(R.FAILED)},
        {
            "paid | captured elected | failed": "a refund that came back is owed again",
            "paid | captured elected | succeeded": "a failed refund that went through after all",
        },
    ),
    "cancelled while the customer pays": (
        (attempting,),
        {"cancelled": close(Closing.CANCELLED), "captured": CAPTURED},
        {
            "paid | captured elected": "who paid first cannot be cancelled any more",
            "cancelled | captured cancelled | created automatic": "later money goes back",
        },
    ),
    "expired while the customer pays": (
        (attempting,),
        {"expired": close(Closing.EXPIRED), "captured": CAPTURED},
        {"paid | captured elected": "late money within the fulfilment window pays the order"},
    ),
}


def sequences(names: list[str]) -> Iterator[tuple[str, ...]]:
    """Every sequence of up to six events in which each of them comes at least once."""
    for length in range(len(names), 7):
        yield from (one for one in product(names, repeat=length) if set(one) == set(names))


def summary(snapshot: Snapshot) -> str:
    attempts = ", ".join(
        " ".join(
            filter(
                None,
                (
                    attempt.status.value,
                    "elected" if attempt.elected else None,
                    attempt.conflict,
                    "review" if attempt.review else None,
                ),
            )
        )
        for attempt in snapshot.attempts
    )
    refunds = ", ".join(
        refund.status.value + (" automatic" if refund.automatic else "")
        for refund in snapshot.refunds
    )
    return " | ".join(filter(None, (snapshot.payment.status.value, attempts, refunds)))


def played(steps: tuple[Step, ...], events: Mapping[str, Step], order: tuple[str, ...]) -> Snapshot:
    payment = Played()
    for step in (*steps, *(events[name] for name in order)):
        payment.play(step)
        assert list(breaches(payment.books())) == [], order
    return payment.snapshot


@pytest.mark.parametrize("cycle", CYCLES)
def test_every_order_of_a_life_cycle_ends_in_a_state_that_is_justified(cycle: str) -> None:
    steps, events, justified = CYCLES[cycle]
    ends: dict[str, tuple[str, ...]] = {}
    for order in sequences(list(events)):
        ends.setdefault(summary(played(steps, events, order)), order)
    assert ends.keys() == justified.keys(), ends


def test_the_money_of_every_order_is_captured_once_or_sent_back() -> None:
    steps, events, _ = CYCLES["two attempts"]
    for order in sequences(list(events)):
        payment = played(steps, events, order).payment
        assert payment.amount_captured == 2 * AMOUNT
        snapshot: Any = played(steps, events, order)
        assert sum(refund.amount for refund in snapshot.refunds) == AMOUNT


def test_a_change_that_broke_an_invariant_would_be_seen() -> None:
    payment = Played()
    payment.play(attempting)
    payment.play(lambda change: change.update_attempt(change.snapshot.attempts[0].id, amount=1))
    payment.jobs.clear()
    attempt = payment.snapshot.attempts[0]
    assert list(breaches(payment.books())) == [
        f"pay_1: {attempt.id} is created, and nothing follows it up"
    ]
