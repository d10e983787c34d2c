"""Every constraint of the tables that a commit writes, broken once in each store.

Both stores refuse the batch whole and name the constraint. The last test fails while the catalogue
of PostgreSQL has a constraint without a case here.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from payment_engine.db.pool import Pool
from payment_engine.domain.commit import Commit, CommitResult, ConsentRecord, Message
from payment_engine.domain.ids import new_id
from payment_engine.domain.lifecycle import PaymentChange
from payment_engine.domain.payment import Snapshot
from payment_engine.domain.states import Closing
from payment_engine.domain.store import BatchRefused, PaymentStore
from tests.db import test_payment_store
from tests.db.changes import (
    MERCHANT,
    a_key,
    a_payment,
    attempting,
    capturing,
    changing,
    now,
    opening,
)
from tests.db.test_payment_store import load, stored

Break = Callable[[Snapshot], Commit]

TABLES = [
    *("payment", "attempt", "refund", "payment_event", "outbox_message"),
    *("job", "idempotency_key", "inbox_notice", "consent"),
]
"""The tables into which a commit inserts rows."""


def noting(before: Snapshot, **more: Any) -> Commit:
    return changing(before, lambda change: change.note("test"), **more)


def with_payment(**columns: Any) -> Break:
    """The payment with other values."""

    def change(before: Snapshot) -> Commit:
        commit = noting(before)
        payment = replace(commit.payment, **columns)
        return replace(commit, snapshot=replace(commit.snapshot, payment=payment))

    return change


def with_attempt(**columns: Any) -> Break:
    """The payment's attempt with other values."""
    return lambda before: noting(before, attempts=(replace(before.attempts[0], **columns),))


def with_second_attempt(**columns: Any) -> Break:
    """Another attempt, like the first one but for its keys and these values."""

    def change(before: Snapshot) -> Commit:
        values = {"id": new_id("att", 1), "ref": "another", "number": 2}
        values |= {"live": False, "elected": False}
        return noting(before, attempts=(replace(before.attempts[0], **{**values, **columns}),))

    return change


def with_refund(**columns: Any) -> Break:
    """The payment's refund with other values."""
    return lambda before: noting(before, refunds=(replace(before.refunds[0], **columns),))


def with_second_refund(**columns: Any) -> Break:
    """Another refund, like the first one but for its keys and these values."""
    return with_refund(**{"id": new_id("rfd", 1), "ref": "another", **columns})


def with_key(**columns: Any) -> Break:
    """A claimed key with these values."""
    return lambda before: noting(before, claim=a_key(before.payment.id, **columns))


def with_consent(**columns: Any) -> Break:
    """A consent with these values."""
    values = {
        "id": new_id("cns", 1),
        "merchant_id": MERCHANT,
        "customer_ref": "cust-1",
        "purpose": "save_card",
        "given": True,
        "text_version": "1",
        "channel": "checkout",
        "circumstances": None,
        "subject": None,
        "at": now(),
    }
    return lambda before: noting(before, consent=ConsentRecord(**{**values, **columns}))


OF_ANY: Mapping[str, Break] = {
    "payment_amount_range": with_payment(amount=99),
    "payment_nothing_to_pay_is_paid": with_payment(amount=0),
    "payment_currency_inr": with_payment(currency="USD"),
    "payment_status_known": with_payment(status="odd"),
    "payment_capture_known": with_payment(capture="never"),
    "payment_closing_known": with_payment(closing="odd", closed_at=now()),
    "payment_closing_has_time": with_payment(closing=Closing.EXPIRED),
    "payment_amounts_not_negative": with_payment(amount_captured=-1),
    "payment_expires_after_creation": with_payment(expires_at=datetime(2026, 1, 1, tzinfo=UTC)),
    "payment_status_as_closing": with_payment(closing=Closing.EXPIRED, closed_at=now()),
    "idempotency_answer_whole": with_key(status_code=200),
    "consent_purpose_known": with_consent(purpose="odd"),
}
OF_PENDING: Mapping[str, Break] = {
    "attempt_amount_range": with_attempt(amount=99),
    "attempt_currency_inr": with_attempt(currency="USD"),
    "attempt_status_known": with_attempt(status="odd"),
    "attempt_amounts_not_negative": with_attempt(amount_refunded=-1),
    "attempt_captured_has_money": with_attempt(amount_captured=1),
    "attempt_elected_has_success": with_attempt(elected=True),
    "attempt_capture_range": with_attempt(amount_to_capture=0),
    "attempt_one_live": with_second_attempt(live=True),
}
OF_REFUNDED: Mapping[str, Break] = {
    "attempt_captured_within_amount": with_attempt(amount_captured=1_000_000_00),
    "attempt_refunds_within_captured": with_attempt(amount_refund_reserved=1_000_000_00),
    "attempt_elected_without_conflict": with_attempt(conflict="second_success"),
    "attempt_one_elected": with_second_attempt(elected=True),
    "attempt_ref_key": lambda before: with_second_attempt(ref=before.attempts[0].ref)(before),
    "uid_attempt_payment_7f4c51": with_second_attempt(number=1),
    "refund_amount_positive": with_refund(amount=0),
    "refund_status_known": with_refund(status="odd"),
    "refund_not_sent_is_unknown_there": with_refund(status="rejected", gateway_refund_id="r1"),
    "refund_ref_key": lambda before: with_second_refund(
        ref=before.refunds[0].ref, automatic=False, foreign_ref=None
    )(before),
    "refund_one_automatic": with_second_refund(automatic=True, foreign_ref=None),
    "refund_one_per_foreign_ref": with_second_refund(automatic=False),
}
CASES = {**OF_ANY, **OF_PENDING, **OF_REFUNDED}


def refunding(change: PaymentChange) -> None:
    change.add_refund(change.snapshot.attempts[0], 400, "test", automatic=True, foreign_ref="d1")


def steps_before(rule: str) -> tuple[Callable[[PaymentChange], None], ...]:
    """What happens to a payment before a constraint can be broken."""
    if rule in OF_ANY:
        return ()
    return (attempting,) if rule in OF_PENDING else (attempting, capturing, refunding)


@pytest.mark.parametrize("rule", CASES)
async def test_a_row_that_must_not_be_refuses_its_batch_and_nothing_is_written(
    store: PaymentStore, rule: str
) -> None:
    good, before = await stored(store), await stored(store, *steps_before(rule))
    batch = [changing(good, attempting), CASES[rule](before)]
    with pytest.raises(BatchRefused) as refused:
        await store.commit(batch)
    assert refused.value.rule == rule
    assert (await load(store, good.payment.id)).snapshot == good
    assert (await load(store, before.payment.id)).snapshot == before


async def test_a_payment_does_not_become_its_orders_second_current_one(store: PaymentStore) -> None:
    first = opening()
    assert await store.commit([first]) == [CommitResult.WRITTEN]
    closed = changing(first.snapshot, lambda change: change.close(Closing.CANCELLED))
    assert await store.commit([closed]) == [CommitResult.WRITTEN]
    second = opening(a_payment(order_id=first.payment.order_id))
    assert await store.commit([second]) == [CommitResult.WRITTEN]
    reopened = with_payment(status="open", closing=None, closed_at=None)
    with pytest.raises(BatchRefused) as refused:
        await store.commit([reopened(closed.snapshot)])
    assert refused.value.rule == "payment_one_open_per_order"


async def test_a_change_is_written_once(store: PaymentStore) -> None:
    first = noting(await stored(store))
    assert await store.commit([first]) == [CommitResult.WRITTEN]
    event = replace(first.events[0], version=first.payment.version)
    second = replace(noting(first.snapshot), id=first.id, events=(event,))
    with pytest.raises(BatchRefused) as refused:
        await store.commit([second])
    assert str(refused.value.rule).endswith(("by_change", "change_id_at_idx"))  # of its month


async def test_a_message_number_is_used_once(store: PaymentStore) -> None:
    before = await stored(store)

    def announcing(before: Snapshot) -> Commit:
        message = Message(
            id=new_id("msg", 1),
            merchant_id=MERCHANT,
            payment_id=before.payment.id,
            sequence=1,
            type="payment.pending",
            body={"type": "payment.pending"},
            run_at=now(),
            created_at=now(),
        )
        return changing(
            before, lambda change: change.announce("payment.pending"), messages=(message,)
        )

    first = announcing(before)
    assert await store.commit([first]) == [CommitResult.WRITTEN]
    with pytest.raises(BatchRefused) as refused:
        await store.commit([announcing(first.snapshot)])
    assert refused.value.rule == "uid_outbox_mess_payment_73345a"


async def test_of_two_requests_for_a_job_one_row_is_left(store: PaymentStore) -> None:
    def planning(change: PaymentChange) -> None:
        change.request_job("check_charge", "att_1", change.now)

    after = await stored(store, planning, planning)
    assert (await load(store, after.payment.id)).snapshot == after


ELSEWHERE: Mapping[str, object] = {
    "payment_one_open_per_order": test_a_payment_does_not_become_its_orders_second_current_one,
    "payment_event_by_change": test_a_change_is_written_once,
    "uid_outbox_mess_payment_73345a": test_a_message_number_is_used_once,
    "uid_job_kind_748708": test_of_two_requests_for_a_job_one_row_is_left,
    "uid_idempotency_merchan_68e177": (
        test_payment_store.test_a_key_that_was_used_stops_the_change_and_only_it
    ),
    "uid_inbox_notic_gateway_d53365": test_payment_store.test_a_webhooks_event_counts_once,
}
"""Constraints that need rows of their own, or whose conflicts have an answer, by their tests."""
NEVER_BROKEN = {"outbox_state_known", "outbox_delivered_has_time"}
"""A commit writes each message as ready and not delivered, whatever the change."""

_CONSTRAINTS = """
SELECT conname AS name FROM pg_constraint
WHERE contype IN ('c', 'u', 'x') AND conrelid = ANY($1::text[]::regclass[])
UNION SELECT relname FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
WHERE indisunique AND NOT indisprimary AND indrelid = ANY($1::text[]::regclass[])
"""


async def test_every_constraint_of_the_database_has_a_case(pool: Pool) -> None:
    rows = await pool.fetch(_CONSTRAINTS, TABLES)
    assert {row["name"] for row in rows} == CASES.keys() | ELSEWHERE.keys() | NEVER_BROKEN
