"""What is personal leaves a payment once nobody needs it; the money stays."""

from dataclasses import fields, replace
from datetime import timedelta
from typing import Any

import pytest

from payment_engine.domain.customer import masked_ref
from payment_engine.domain.erasure import erase, may_be_erased
from payment_engine.domain.events import EventType
from payment_engine.domain.gateway import ChargeState
from payment_engine.domain.lifecycle import PaymentChange
from payment_engine.domain.money import Paise
from payment_engine.domain.payment import Attempt, Payment, Refund, Snapshot
from payment_engine.domain.payment_methods import Method
from payment_engine.domain.states import AttemptStatus, Closing, PaymentStatus, RefundStatus
from tests.db.changes import a_payment, now, situation

YEAR = timedelta(days=366)
THEN = now() - timedelta(days=400)
WINDOWS = {"upi_intent": 170}
PERSON = {
    "customer_ref": "asha@example.in",
    "phone_hash": b"hash",
    "return_url": "https://shop.example/return/asha?phone=9876543210#top",
    "breakdown": [
        {"label": "Metformin", "amount": 116400, "note": "monthly", "hi": {"label": "x"}}
    ],
    "metadata": {"delivery": "12 MG Road"},
}


def paid(**payment: Any) -> Snapshot:
    opened = a_payment(created_at=THEN, expires_at=THEN + timedelta(hours=1), **PERSON)
    change = PaymentChange(Snapshot(payment=opened), situation(now=THEN))
    attempt = change.add_attempt(
        gateway="juspay",
        method=Method.UPI_INTENT,
        expires_at=opened.expires_at,
        payer=b"payer",
        payer_hash=b"hash",
        address_hash=b"hash",
        bin_hash=b"hash",
        next_action=b"redirect",
    )
    change.apply_charge(
        attempt.id,
        ChargeState(
            ref=attempt.ref,
            status=AttemptStatus.CAPTURED,
            gateway_status="CHARGED",
            amount=Paise(opened.amount),
            rrn="433010000001",
        ),
    )
    refund = change.add_refund(
        change.attempt(attempt.id), 400, "returned", [{"label": "Metformin", "amount": 400}]
    )
    change.update_refund(refund.id, status=RefundStatus.FAILED, settled_at=THEN)
    change.update_attempt(attempt.id, amount_refund_reserved=0)
    decided = change.finish()
    assert decided
    return replace(decided.after, payment=replace(decided.after.payment, **payment))


def erased(before: Snapshot) -> tuple[Snapshot, Any]:
    change = PaymentChange(before, situation("retention"))
    erase(change)
    decided = change.finish()
    assert decided
    return decided.after, decided


def ready(snapshot: Snapshot) -> bool:
    return may_be_erased(snapshot, now(), YEAR, WINDOWS)


def with_attempt(snapshot: Snapshot, **columns: Any) -> Snapshot:
    return replace(snapshot, attempts=(replace(snapshot.attempts[0], **columns),))


def with_refund(snapshot: Snapshot, **columns: Any) -> Snapshot:
    return replace(snapshot, refunds=(replace(snapshot.refunds[0], **columns),))


def test_all_that_is_personal_leaves_and_all_that_is_money_stays() -> None:
    before = paid()
    after, _ = erased(before)
    changed = {
        kind: {
            each.name for each in fields(kind) if getattr(old, each.name) != getattr(new, each.name)
        }
        for kind, old, new in (
            (Payment, before.payment, after.payment),
            (Attempt, before.attempts[0], after.attempts[0]),
            (Refund, before.refunds[0], after.refunds[0]),
        )
    }
    assert changed == {
        Payment: {
            *("customer", "phone_hash", "customer_ref", "breakdown", "metadata", "return_url"),
            *("erased_at", "revision", "version"),
        },
        Attempt: {"payer", "payer_hash", "address_hash", "bin_hash", "next_action"},
        Refund: {"lines"},
    }
    assert after.payment.customer == situation().seal(b"{}", after.payment.id)
    assert after.payment.return_url == "https://shop.example/"
    assert after.payment.breakdown == [{"label": "erased", "amount": 116400}]
    assert after.refunds[0].lines == [{"label": "erased", "amount": 400}]


def test_an_erasure_is_in_the_history_without_what_was_erased() -> None:
    _, decided = erased(paid())
    (event,) = decided.events
    assert (event.type, event.source) == (EventType.PAYMENT_ERASED, "retention")
    assert "asha" not in str(event)
    assert "Metformin" not in str(event)
    assert not decided.announcements


@pytest.mark.parametrize(
    ("ref", "stays"),
    [
        ("cust-8812", True),
        ("1234567890", True),
        ("9876543210", False),
        ("919876543210", False),
        ("09876543210", False),
        ("asha.rao@okaxis", False),
    ],
)
def test_a_reference_leaves_if_it_is_itself_personal(ref: str, *, stays: bool) -> None:
    after, _ = erased(paid(customer_ref=ref))
    expected = ref if stays else f"erased:{after.payment.id}"
    assert after.payment.customer_ref == expected


def test_an_ended_payment_may_be_erased_once_and_not_again() -> None:
    before = paid()
    assert ready(before)
    after, _ = erased(before)
    assert not ready(after)


@pytest.mark.parametrize(
    "columns",
    [
        {"status": PaymentStatus.OPEN},
        {"status": PaymentStatus.PENDING},
        {"status": PaymentStatus.AUTHORIZED},
        {"closing": Closing.EXPIRED, "closed_at": now()},
    ],
)
def test_an_open_payment_and_one_that_ended_lately_wait(columns: dict[str, Any]) -> None:
    assert not ready(paid(**columns))


@pytest.mark.parametrize(
    "columns",
    [
        {"status": AttemptStatus.PENDING},
        {"status": AttemptStatus.AUTHORIZED},
        {"review": "amount differs"},
        {"conflict": "second_success"},
        {"settled_at": now() - timedelta(days=300)},
    ],
)
def test_a_payment_waits_for_its_attempts(columns: dict[str, Any]) -> None:
    assert not ready(with_attempt(paid(), **columns))


@pytest.mark.parametrize(
    "columns",
    [
        {"status": RefundStatus.PENDING},
        {"status": RefundStatus.NEEDS_APPROVAL},
        {"status": RefundStatus.MANUAL_REVIEW},
        {"review": "amount differs"},
        {"settled_at": now() - timedelta(days=300)},
    ],
)
def test_a_payment_waits_for_its_refunds(columns: dict[str, Any]) -> None:
    assert not ready(with_refund(paid(), **columns))


def test_a_payment_waits_while_it_can_be_refunded() -> None:
    windows = {"upi_intent": 500}
    assert not may_be_erased(paid(), now(), YEAR, windows)
    nothing_left = with_attempt(paid(), amount_refund_reserved=116400)
    assert may_be_erased(nothing_left, now(), YEAR, windows)


def test_a_conflict_whose_money_is_back_does_not_wait() -> None:
    back = with_attempt(paid(), conflict="second_success", amount_refunded=116400)
    assert ready(back)


def test_what_changes_after_an_erasure_is_erased_in_its_time() -> None:
    after, _ = erased(paid())
    change = PaymentChange(after, situation())
    change.add_refund(change.snapshot.attempts[0], 500, "late", [{"label": "X", "amount": 500}])
    again = change.finish()
    assert again
    assert again.after.payment.erased_at is None
    noted = PaymentChange(after, situation())
    noted.note("updated")
    unchanged = noted.finish()
    assert unchanged
    assert unchanged.after.payment.erased_at == after.payment.erased_at


@pytest.mark.parametrize(
    ("ref", "masked"),
    [
        ("cust-8812", "cust-8812"),
        ("asha.rao@example.in", "as***@example.in"),
        ("ra@ybl", "r***@ybl"),
        ("9876543210", "98***"),
    ],
)
def test_a_reference_that_names_a_person_is_shown_by_its_first_characters(
    ref: str, masked: str
) -> None:
    assert masked_ref(ref) == masked
