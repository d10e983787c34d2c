"""The contract of a payment store, kept by the one in PostgreSQL and the one in memory alike."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from payment_engine.domain.card_testing import CardOrigin, DeclineTimes
from payment_engine.domain.commit import (
    CommitResult,
    WebhookReceipt,
)
from payment_engine.domain.ids import new_id
from payment_engine.domain.lifecycle import PaymentChange
from payment_engine.domain.payment import Payment, Snapshot
from payment_engine.domain.payment_methods import Method
from payment_engine.domain.states import AttemptStatus, Closing, PaymentStatus
from payment_engine.domain.store import BatchRefused, DeclineQuery, Load, Loaded, PaymentStore
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
from tests.db.conftest import Hides

WRITTEN, FASTER = CommitResult.WRITTEN, CommitResult.FASTER


async def load(store: PaymentStore, payment_id: str, **more: Any) -> Loaded:
    [loaded] = await store.load([Load(find="payment", id=payment_id, **more)])
    assert loaded is not None
    return loaded


def naming(change: PaymentChange) -> None:
    attempt = change.snapshot.attempts[0]
    change.update_attempt(attempt.id, gateway_payment_id="S04-0000001-0000001")


async def stored(store: PaymentStore, *steps: Callable[[PaymentChange], object]) -> Snapshot:
    """A payment opened and changed step by step."""
    commit = opening()
    assert await store.commit([commit]) == [WRITTEN]
    for step in steps:
        commit = changing(commit.snapshot, step)
        assert await store.commit([commit]) == [WRITTEN]
    return commit.snapshot


async def test_what_was_committed_is_loaded_value_for_value(store: PaymentStore) -> None:
    after = await stored(store, attempting, capturing)
    assert (await load(store, after.payment.id)).snapshot == after
    assert after.payment.status is PaymentStatus.PAID


async def test_a_payment_is_found_by_its_attempt_and_its_refund(store: PaymentStore) -> None:
    after = await stored(
        store, attempting, capturing, lambda c: c.add_refund(c.snapshot.attempts[0], 400, "test")
    )
    loads = [
        Load(find="attempt", id=after.attempts[0].id),
        Load(find="refund", id=after.refunds[0].id),
        Load(find="payment", id="pay_0000000000000000000x"),
        Load(find="payment", id=after.payment.id),
    ]
    found = await store.load(loads)
    assert [one.snapshot if one else None for one in found] == [after, after, None, after]


async def test_a_payment_is_found_by_what_its_gateway_calls_the_charge(store: PaymentStore) -> None:
    after = await stored(store, attempting, naming)
    loads = [Load(find="charge", id=each) for each in ("S04-0000001-0000001", "S04-1", "")]
    found = await store.load(loads)
    assert [one.snapshot if one else None for one in found] == [after, None, None]


async def test_an_unpaid_payment_is_loaded_with_the_methods_that_its_customer_has_hidden(
    store: PaymentStore, customer_hides: Hides
) -> None:
    before = await stored(store)
    assert (await load(store, before.payment.id)).snapshot.hidden_methods == ()
    await customer_hides("card", "upi_qr")
    found = (await load(store, before.payment.id)).snapshot
    assert found == replace(before, hidden_methods=("card", "upi_qr"))
    pending = changing(found, attempting)
    assert pending.snapshot.hidden_methods == ("card", "upi_qr")
    paid = changing(pending.snapshot, capturing)
    assert await store.commit([pending]) == [WRITTEN]
    assert await store.commit([paid]) == [WRITTEN]
    assert (await load(store, before.payment.id)).snapshot.hidden_methods == ()


async def test_declined_cards_are_loaded_by_customer_address_and_first_digits(
    store: PaymentStore,
) -> None:
    def declining(change: PaymentChange, **columns: Any) -> None:
        attempt = change.add_attempt(
            gateway="juspay", method=Method.CARD, expires_at=change.now + timedelta(hours=1)
        )
        values = {"status": AttemptStatus.FAILED, "live": False, "declined_at": now(), **columns}
        change.update_attempt(attempt.id, **values)

    origin = CardOrigin(address=b"\x01", bin=b"\x02")
    near, alike = {"address_hash": b"\x01"}, {"bin_hash": b"\x02"}
    steps = (near, alike, {**near, **alike}, {**near, "declined_at": None})
    own = [partial(declining, **columns) for columns in steps]
    before = await stored(store, *own)
    other = opening(a_payment(customer_ref="cust-2"))
    assert await store.commit([other]) == [WRITTEN]
    theirs = changing(other.snapshot, partial(declining, **alike))
    assert await store.commit([theirs]) == [WRITTEN]
    times = [attempt.declined_at for attempt in before.attempts if attempt.declined_at]
    query = DeclineQuery(since=times[0] - timedelta(hours=1), origin=origin)
    loaded = await load(store, before.payment.id, for_attempt=True, now=now(), declines=query)
    assert loaded.declines == DeclineTimes(
        customer=(times[2], times[1], times[0]),
        address=(times[2], times[0]),
        bin=(theirs.snapshot.attempts[0].declined_at, times[2], times[1]),
    )
    unknown = DeclineQuery(since=times[1], origin=CardOrigin())
    loaded = await load(store, before.payment.id, for_attempt=True, now=now(), declines=unknown)
    assert loaded.declines == DeclineTimes(customer=(times[2],))
    loaded = await load(store, before.payment.id, for_attempt=True, now=now())
    assert loaded.declines is None


async def test_a_change_decided_on_an_older_revision_is_refused_whole(store: PaymentStore) -> None:
    before = await stored(store)
    first, second = (changing(before, attempting, claim=a_key("x", f"key-{n}")) for n in range(2))
    assert await store.commit([first]) == [WRITTEN]
    assert await store.commit([second]) == [FASTER]
    loaded = await load(store, before.payment.id, merchant_id=MERCHANT, key="key-1")
    assert loaded.snapshot == first.snapshot
    assert loaded.key is None
    assert not await store.was_written(before.payment.id, second.id)
    assert await store.was_written(before.payment.id, first.id)


async def test_a_key_that_was_used_stops_the_change_and_only_it(store: PaymentStore) -> None:
    one, other = await stored(store), await stored(store)
    key = a_key("att_1", "the-key")
    batch = [changing(one, attempting, claim=key), changing(other, attempting)]
    assert await store.commit(batch) == [WRITTEN, WRITTEN]
    again = await stored(store)
    batch = [
        changing(again, attempting, claim=a_key("att_2", "the-key")),
        changing(batch[1].snapshot, capturing),
    ]
    assert await store.commit(batch) == [CommitResult.KEY_TAKEN, WRITTEN]
    loaded = await load(store, again.payment.id, merchant_id=MERCHANT, key="the-key")
    assert loaded.snapshot == again
    assert loaded.key == key


async def test_a_key_gets_its_answer_once(store: PaymentStore) -> None:
    before = await stored(store)
    key = a_key("att_1", "the-key")
    intent = changing(before, attempting, claim=key)
    answered = replace(key, status_code=201, response=b"\x00\xff answer", resource_id="att_2")
    outcome = changing(intent.snapshot, capturing, answer=answered)
    late = replace(answered, response=b"another")
    assert await store.commit([intent]) == [WRITTEN]
    assert await store.commit([outcome]) == [WRITTEN]
    last = changing(outcome.snapshot, lambda change: change.note("seen"), answer=late)
    assert await store.commit([last]) == [WRITTEN]
    loaded = await load(store, before.payment.id, merchant_id=MERCHANT, key="the-key")
    assert loaded.key == answered


async def test_an_order_has_one_current_payment(store: PaymentStore) -> None:
    first = opening()
    second = opening(a_payment(order_id=first.payment.order_id), claim=a_key("x", "second"))
    assert await store.commit([first]) == [WRITTEN]
    assert await store.commit([second]) == [CommitResult.ORDER_TAKEN]
    assert await store.load([Load(find="payment", id=second.payment.id)]) == [None]
    closed = changing(first.snapshot, lambda change: change.close(Closing.CANCELLED))
    assert await store.commit([closed]) == [WRITTEN]
    assert await store.commit([second]) == [WRITTEN]
    assert (await load(store, first.payment.id)).superseded


async def test_a_payment_opened_with_a_used_key_is_not_opened(store: PaymentStore) -> None:
    first = opening(claim=a_key("pay_1", "the-key", status_code=201, response=b"answer"))
    second = opening(claim=a_key("pay_2", "the-key"))
    assert await store.commit([first]) == [WRITTEN]
    assert await store.commit([second]) == [CommitResult.KEY_TAKEN]
    assert await store.load([Load(find="payment", id=second.payment.id)]) == [None]


async def test_a_webhooks_event_counts_once(store: PaymentStore) -> None:
    before = await stored(store, attempting)
    receipt = WebhookReceipt(
        id=new_id("whk", 1),
        gateway="juspay",
        event_id="evt_1",
        kind="ORDER_SUCCEEDED",
        sealed=b"\x00sealed",
        received_at=now(),
        handled_at=now(),
    )
    first = changing(before, capturing, webhook=receipt)
    assert await store.commit([first]) == [WRITTEN]
    again = replace(receipt, id=new_id("whk", 2))
    second = changing(first.snapshot, lambda change: change.note("x"), webhook=again)
    assert await store.commit([second]) == [CommitResult.EVENT_TAKEN]
    assert (await load(store, before.payment.id)).snapshot == first.snapshot


async def test_a_hundred_payments_are_opened_and_changed_in_two_batches(
    store: PaymentStore,
) -> None:
    openings = [opening() for _ in range(64)]
    assert set(await store.commit(openings)) == {WRITTEN}
    changes = [changing(one.snapshot, attempting) for one in openings]
    assert set(await store.commit(changes)) == {WRITTEN}
    found = await store.load([Load(find="payment", id=one.payment.id) for one in changes])
    assert [one.snapshot if one else None for one in found] == [one.snapshot for one in changes]


async def test_a_revision_moves_by_one(store: PaymentStore) -> None:
    before = await stored(store)
    commit = changing(before, attempting)
    payment = replace(commit.payment, revision=before.payment.revision)
    with pytest.raises(BatchRefused):
        await store.commit([replace(commit, snapshot=replace(commit.snapshot, payment=payment))])


async def test_times_keep_their_microseconds_and_large_amounts_their_paise(
    store: PaymentStore,
) -> None:
    at = now().replace(microsecond=123457)
    row = a_payment(amount=1_000_000_000_00, created_at=at, expires_at=at + timedelta(seconds=1))
    assert await store.commit([opening(row)]) == [WRITTEN]
    loaded: Payment = (await load(store, row.id)).snapshot.payment
    assert loaded == row
