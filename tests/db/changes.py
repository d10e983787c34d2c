"""Payments and their changes, made by hand for the tests of stores."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from payment_engine.domain.commit import Commit, KeyRow
from payment_engine.domain.decision import Decided, Situation
from payment_engine.domain.gateway import ChargeState
from payment_engine.domain.ids import DrawnIds, new_id
from payment_engine.domain.lifecycle import PaymentChange
from payment_engine.domain.money import Paise
from payment_engine.domain.payment import Payment, Snapshot
from payment_engine.domain.states import AttemptStatus, PaymentStatus

MERCHANT = "mer_0123456789abcdefghjk"
CUSTOMER = "cust-1"


def now() -> datetime:
    return datetime.now(UTC)


def situation(source: str = "caller", **changes: Any) -> Situation:
    values: dict[str, Any] = {
        "now": now(),
        "source": source,
        "ids": DrawnIds(now),
        "seal": lambda plain, row_id: b"sealed for " + row_id.encode() + plain,
        "fulfilment_window": timedelta(hours=1),
    }
    return Situation(**{**values, **changes})


def a_payment(**columns: Any) -> Payment:
    at = now()
    payment_id = new_id("pay", int(at.timestamp() * 1000))
    values: dict[str, Any] = {
        "id": payment_id,
        "merchant_id": MERCHANT,
        "order_id": f"order-{payment_id}",
        "status": PaymentStatus.OPEN,
        "amount": 116400,
        "currency": "INR",
        "breakdown": [{"label": "Medicine \u0939", "amount": 116400}],
        "metadata": {"b": "2", "a": "1"},
        "customer_ref": CUSTOMER,
        "customer": bytes(range(256)),
        "return_url": "https://shop.example/return",
        "capture": "automatic",
        "created_at": at,
        "expires_at": at + timedelta(hours=1),
    }
    return Payment(**{**values, **columns})


def a_key(resource_id: str, key: str | None = None, **columns: Any) -> KeyRow:
    values: dict[str, Any] = {
        "merchant_id": MERCHANT,
        "key": key or f"key-{resource_id}",
        "fingerprint": b"\x00fingerprint\xff",
        "resource_id": resource_id,
        "process_id": None,
        "created_at": now(),
    }
    return KeyRow(**{**values, **columns})


def commit_of(decided: Decided | None, expected: int | None, **more: Any) -> Commit:
    """The commit of a decision, with a change id of its own."""
    assert decided is not None
    change_id = new_id("chg", int(now().timestamp() * 1000))
    first, *others = decided.events
    return Commit(
        **{
            "id": change_id,
            "expected": expected,
            "snapshot": decided.after,
            "attempts": decided.attempts,
            "refunds": decided.refunds,
            "events": (replace(first, change_id=change_id), *others),
            "jobs": decided.jobs,
            "withdrawn": decided.withdrawn,
            "used_instruments": decided.used_instruments,
            **more,
        }
    )


def opening(payment: Payment | None = None, **more: Any) -> Commit:
    """A commit that opens a payment."""
    row = payment or a_payment()
    change = PaymentChange(Snapshot(payment=row), situation(), new=True)
    change.note("payment.opened")
    change.request_job("expire_payment", row.id, row.expires_at)
    return commit_of(change.finish(), None, **more)


def changing(before: Snapshot, change_it: Callable[[PaymentChange], object], **more: Any) -> Commit:
    """A commit that changes a payment."""
    change = PaymentChange(before, situation())
    change_it(change)
    return commit_of(change.finish(), before.payment.revision, **more)


def attempting(change: PaymentChange) -> None:
    change.add_attempt(
        gateway="juspay", method="upi_intent", expires_at=change.now + timedelta(minutes=8)
    )


def capturing(change: PaymentChange) -> None:
    """The newest attempt is captured."""
    attempt = change.snapshot.attempts[-1]
    change.apply_charge(
        attempt.id,
        ChargeState(
            ref=attempt.ref,
            status=AttemptStatus.CAPTURED,
            gateway_status="CHARGED",
            amount=Paise(attempt.amount),
        ),
    )
