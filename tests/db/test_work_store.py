"""The contract of a work store, kept by the one in PostgreSQL and the one in memory alike."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from payment_engine.db.job_queues import (
    WEBHOOKS,
    Queue,
    of_gateway,
    of_none_of,
    one_look,
    one_webhook,
)
from payment_engine.db.jobs import ClaimedJob, JobEnd
from payment_engine.db.models import UnmatchedReport
from payment_engine.db.outbox import ClaimedMessage, MessageEnd
from payment_engine.db.quarantine import NOT_UNDERSTOOD, QuarantinedWebhook
from payment_engine.db.routes import Backoff
from payment_engine.db.unmatched import Report
from payment_engine.domain.commit import Message, WebhookReceipt
from payment_engine.domain.events import MessageState
from payment_engine.domain.gateway import ChargeState
from payment_engine.domain.ids import new_id
from payment_engine.domain.jobs import JobKind
from payment_engine.domain.lifecycle import PaymentChange
from payment_engine.domain.payment import Snapshot
from payment_engine.domain.payment_methods import Method
from payment_engine.domain.routing import BreakerStatus
from payment_engine.domain.states import AttemptStatus
from payment_engine.simulator.memory_work import MemoryWorkStore
from tests.db.changes import MERCHANT, a_payment, changing, opening
from tests.db.conftest import Stores

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
LEASE = timedelta(seconds=60)
CHECK, CONFIRM, REFUND = JobKind.CHECK_CHARGE, JobKind.CONFIRM_CHARGE, JobKind.REFUND
READY, DELIVERED, DEAD = MessageState.READY, MessageState.DELIVERED, MessageState.DEAD
ROUTE = ("juspay", Method.CARD)
BACKOFF = Backoff(first=timedelta(seconds=10), longest=timedelta(seconds=30))


def at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


async def claimed(
    stores: Stores, queue: Queue, seconds: float = 0, limit: int = 10
) -> list[ClaimedJob]:
    return await stores.work.claim_jobs(at(seconds), LEASE, limit, queue)


async def subjects(stores: Stores, queue: Queue, seconds: float = 0, limit: int = 10) -> set[str]:
    return {job.subject for job in await claimed(stores, queue, seconds, limit)}


@pytest.mark.parametrize(
    ("method", "status", "age", "found"),
    [
        ("card", "created", 45, 1),
        ("card", "created", 20, 0),
        ("card", "created", 95, 0),
        ("card", "pending", 45, 0),
        ("upi_intent", "created", 45, 0),
    ],
    ids=["unanswered", "under way", "due anyway", "answered", "as NPCI allows"],
)
async def test_the_check_of_an_attempt_that_nobody_answered_is_made_due(
    stores: Stores, method: str, status: str, age: float, found: int
) -> None:
    payment = a_payment()
    opened = opening(payment)
    await stores.payments.commit([opened])

    def attempt(change: PaymentChange) -> None:
        expires = change.now + timedelta(minutes=8)
        made = change.add_attempt(gateway="juspay", method=method, expires_at=expires)
        if status == "pending":
            state = ChargeState(
                ref=made.ref, status=AttemptStatus.PENDING, gateway_status="PENDING_VBV"
            )
            change.apply_charge(made.id, state)
        change.request_job(CHECK, made.id, change.now + timedelta(seconds=90), "juspay")

    attempted = changing(opened.snapshot, attempt)
    await stores.payments.commit([attempted])
    now = attempted.snapshot.attempts[-1].created_at + timedelta(seconds=age)
    since, until = now - timedelta(seconds=90), now - timedelta(seconds=30)
    assert await stores.work.hasten_checks(now, since, until) == found
    assert await stores.work.hasten_checks(now, since, until) == 0
    claimed = await stores.work.claim_jobs(now, LEASE, 10, of_gateway("juspay"))
    assert len(claimed) == (1 if age > 90 else found)


async def test_a_queue_has_its_own_jobs_only(stores: Stores) -> None:
    work = stores.work
    await work.enqueue(CHECK, "att_1", NOW, "juspay")
    await work.enqueue(CHECK, "att_2", NOW, "paytm")
    await work.enqueue(JobKind.EXPIRE_PAYMENT, "pay_1", NOW)
    await work.enqueue(JobKind.HANDLE_WEBHOOK, "whk_1", NOW, "juspay")
    await work.enqueue(JobKind.HANDLE_WEBHOOK, "whk_2", NOW, "juspay")
    await work.enqueue(CONFIRM, "att_1", NOW, "juspay")
    await work.enqueue(CONFIRM, "att_3", NOW, "juspay")
    assert await subjects(stores, one_webhook("whk_2")) == {"whk_2"}
    assert await subjects(stores, WEBHOOKS) == {"whk_1"}
    assert [job.kind for job in await claimed(stores, one_look("att_1"))] == [CONFIRM]
    assert await subjects(stores, of_gateway("juspay")) == {"att_1", "att_3"}
    assert await subjects(stores, of_none_of(["juspay"])) == {"att_2", "pay_1"}
    assert await subjects(stores, of_none_of([])) == set()


async def test_jobs_are_claimed_when_they_are_due_the_oldest_first(stores: Stores) -> None:
    for number in range(3):
        await stores.work.enqueue(CHECK, f"att_{number}", at(10 - number), "juspay")
    queue = of_gateway("juspay")
    assert await subjects(stores, queue, 7.9) == set()
    assert await subjects(stores, queue, 9, limit=1) == {"att_2"}
    assert await subjects(stores, queue, 9) == {"att_1"}
    assert await subjects(stores, queue, 10) == {"att_0"}


async def test_a_leased_job_is_nobody_elses_until_its_lease_is_over(stores: Stores) -> None:
    await stores.work.enqueue(CHECK, "att_1", NOW, "juspay")
    queue = of_gateway("juspay")
    [job] = await claimed(stores, queue)
    assert (job.attempts, job.lease_until) == (1, at(60))
    assert await claimed(stores, queue, 60) == []
    [again] = await claimed(stores, queue, 60.001)
    assert again.attempts == 2
    await stores.work.end_jobs([JobEnd(job=job)])
    assert await claimed(stores, queue, 100) == []
    [third] = await claimed(stores, queue, 200)
    assert third.attempts == 3


async def test_a_job_that_is_done_is_gone_and_one_to_repeat_is_due_again(stores: Stores) -> None:
    for name in ("done", "again"):
        await stores.work.enqueue(CHECK, name, NOW, "juspay")
    queue = of_gateway("juspay")
    jobs = {job.subject: job for job in await claimed(stores, queue)}
    ends = [JobEnd(job=jobs["done"]), JobEnd(job=jobs["again"], again=at(5))]
    await stores.work.end_jobs(ends)
    assert await claimed(stores, queue, 4) == []
    [job] = await claimed(stores, queue, 5)
    assert (job.subject, job.attempts) == ("again", 1)


async def test_failures_are_counted_until_the_job_is_suspended(stores: Stores) -> None:
    await stores.work.enqueue(CHECK, "att_1", NOW, "juspay")
    queue = of_gateway("juspay")
    [job] = await claimed(stores, queue)
    await stores.work.end_jobs([JobEnd(job=job, again=at(1), error="Boom")])
    [job] = await claimed(stores, queue, 1)
    assert job.attempts == 2
    end = JobEnd(job=job, again=at(2), error="Boom", suspended_at=at(1))
    await stores.work.end_jobs([end])
    assert await claimed(stores, queue, 1000) == []
    await stores.work.enqueue(CHECK, "att_1", at(900), None)
    [job] = await claimed(stores, queue, 1000)
    assert job.attempts == 1


@pytest.mark.parametrize(
    ("again", "error", "due", "attempts"),
    [
        (None, None, 0, 1),
        (5.0, None, 3, 1),
        (2.0, "Boom", 2, 1),
    ],
)
async def test_a_job_that_was_requested_while_it_ran_stays(
    stores: Stores, again: float | None, error: str | None, due: float, attempts: int
) -> None:
    await stores.work.enqueue(CHECK, "att_1", NOW, "juspay")
    queue = of_gateway("juspay")
    [job] = await claimed(stores, queue)
    earlier = JobEnd(job=job, again=at(3))
    await stores.work.end_jobs([earlier])
    [job] = await claimed(stores, queue, 3)
    await stores.work.enqueue(CHECK, "att_1", at(3), "juspay")
    end = JobEnd(job=job, again=at(again) if again else None, error=error, suspended_at=at(1))
    await stores.work.end_jobs([end])
    assert await claimed(stores, queue, due - 0.1 if due < 3 else 2.9) == []
    [job] = await claimed(stores, queue, max(due, 3))
    assert job.attempts == attempts


async def test_the_earlier_of_two_requests_wins_and_names_the_gateway(stores: Stores) -> None:
    await stores.work.enqueue(CHECK, "att_1", at(5), "juspay")
    await stores.work.enqueue(CHECK, "att_1", at(9))
    await stores.work.enqueue(REFUND, "rfd_1", at(5))
    await stores.work.enqueue(REFUND, "rfd_1", at(2), "juspay")
    assert await subjects(stores, of_gateway("juspay"), 4) == {"rfd_1"}
    assert await subjects(stores, of_gateway("juspay"), 5) == {"att_1"}


async def sending(stores: Stores, *sequences: int, before: Snapshot | None = None) -> Snapshot:
    """A payment with messages of these numbers, due at once."""
    if before is None:
        opened = opening(a_payment())
        await stores.payments.commit([opened])
        before = opened.snapshot
    messages = tuple(
        Message(
            id=f"msg_{before.payment.id[-16:]}{number:04}",
            merchant_id=MERCHANT,
            payment_id=before.payment.id,
            sequence=number,
            type="payment.paid",
            body={"sequence": number},
            run_at=NOW,
            created_at=NOW,
        )
        for number in sequences
    )
    commit = changing(before, lambda change: change.note("test"), messages=messages)
    moved = replace(commit.payment, sequence=sequences[-1])
    commit = replace(commit, snapshot=replace(commit.snapshot, payment=moved))
    await stores.payments.commit([commit])
    return commit.snapshot


async def messages(
    stores: Stores, seconds: float = 0, *, limit: int = 9, room: int = 9, busy: int = 0
) -> list[ClaimedMessage]:
    counts = {MERCHANT: busy} if busy else {}
    return await stores.work.claim_messages(at(seconds), LEASE, limit, per_shop=room, busy=counts)


def numbers(found: Sequence[ClaimedMessage]) -> list[str]:
    return sorted(each.body.replace(" ", "") for each in found)


def sent(message: ClaimedMessage, seconds: float = 1) -> MessageEnd:
    return MessageEnd(message=message, state=DELIVERED, delivered_at=at(seconds))


async def test_messages_of_one_payment_are_claimed_one_after_the_other(stores: Stores) -> None:
    await sending(stores, 1, 2)
    [first] = await messages(stores)
    assert (first.body.replace(" ", ""), first.attempts) == ('{"sequence":1}', 1)
    assert first.notify_url == "https://shop.example"
    assert await messages(stores, 30) == []
    await stores.work.end_messages([sent(first)])
    assert numbers(await messages(stores, 1)) == ['{"sequence":2}']


async def test_messages_of_several_payments_are_claimed_together_as_far_as_there_is_room(
    stores: Stores,
) -> None:
    for _ in range(3):
        await sending(stores, 1)
    assert len(await messages(stores, room=3, busy=2)) == 1
    assert len(await messages(stores, limit=1)) == 1
    assert len(await messages(stores, room=3, busy=3)) == 0
    assert len(await messages(stores)) == 1


async def test_what_waits_behind_a_message_that_failed_waits_as_long_as_it(stores: Stores) -> None:
    after = await sending(stores, 1, 2)
    [first] = await messages(stores)
    failed = MessageEnd(message=first, state=READY, run_at=at(30), error="status 500")
    await stores.work.end_messages([failed])
    await sending(stores, 3, before=after)
    assert await messages(stores, 29) == []
    [first] = await messages(stores, 30)
    assert first.attempts == 2
    await stores.work.end_messages([sent(first, 31)])
    [second] = await messages(stores, 31)
    await stores.work.end_messages([sent(second, 31)])
    assert numbers(await messages(stores, 31)) == ['{"sequence":3}']


async def test_a_dead_message_lets_the_next_one_pass(stores: Stores) -> None:
    await sending(stores, 1, 2)
    [first] = await messages(stores)
    dead = MessageEnd(message=first, state=DEAD, run_at=at(500), error="gone")
    await stores.work.end_messages([dead])
    assert numbers(await messages(stores, 1)) == ['{"sequence":2}']


async def test_a_message_whose_lease_another_has_is_left_to_it(stores: Stores) -> None:
    await sending(stores, 1)
    [first] = await messages(stores)
    [again] = await messages(stores, 61)
    assert again.attempts == 2
    await stores.work.end_messages([sent(first, 62)])
    assert await messages(stores, 63) == []
    [third] = await messages(stores, 200)
    await stores.work.end_messages([sent(third, 200)])
    assert await messages(stores, 300) == []


def receipt(handled: bool, event_id: str = "evt_1") -> WebhookReceipt:  # noqa: FBT001
    return WebhookReceipt(
        id=new_id("whk", 1),
        gateway="juspay",
        event_id=event_id,
        kind="ORDER_SUCCEEDED",
        sealed=b"\x00sealed",
        received_at=NOW,
        handled_at=NOW if handled else None,
    )


async def test_a_webhook_is_stored_once_with_a_job_if_it_is_to_be_handled(stores: Stores) -> None:
    first, again, handled = receipt(False), receipt(False), receipt(True, "evt_2")
    assert await stores.work.store_webhook(first)
    assert not await stores.work.store_webhook(again)
    assert await stores.work.store_webhook(handled)
    assert await subjects(stores, WEBHOOKS) == {first.id}
    assert await stores.work.webhook(first.id) == first
    await stores.work.webhook_handled(first.id, at(5))
    assert (await stores.work.webhook(first.id)).handled_at == at(5)


def unverified(content: int, cause: str = "wrong_signature") -> QuarantinedWebhook:
    return QuarantinedWebhook(
        id=new_id("qtn", 1),
        gateway="juspay",
        fingerprint=bytes([content]) * 32,
        sealed=b"sealed",
        cause=cause,
        size=6,
        received_at=NOW,
    )


async def test_the_quarantine_has_room_for_so_many_of_a_kind(stores: Stores) -> None:
    room = 2
    for content, stored in ((1, True), (2, True), (3, False), (1, True)):
        assert await stores.work.quarantine(unverified(content), room) is stored
    assert await stores.work.quarantine(unverified(4, NOT_UNDERSTOOD), room)


async def test_a_breaker_opens_once_and_stays_open_longer_each_time(stores: Stores) -> None:
    work = stores.work
    assert not await work.take_probe(ROUTE, NOW, LEASE)
    assert await work.open_breaker(ROUTE, NOW, BACKOFF)
    assert not await work.open_breaker(ROUTE, NOW, BACKOFF)
    for wait in (20, 30, 30):
        assert await work.take_probe(ROUTE, at(100), LEASE)
        assert await work.open_breaker(ROUTE, at(100), BACKOFF)
        breakers = (await work.read_routes()).breakers
        assert breakers[ROUTE].probe_at == at(100 + wait)
        assert not await work.take_probe(ROUTE, at(100), LEASE)
        assert await work.take_probe(ROUTE, at(100 + wait), LEASE)
        await work.give_back_probe(ROUTE, at(100))


async def test_one_call_gets_the_probe_and_an_answer_closes_the_breaker(stores: Stores) -> None:
    work = stores.work
    assert not await work.close_breaker(ROUTE, NOW)
    await work.open_breaker(ROUTE, NOW, BACKOFF)
    assert not await work.take_probe(ROUTE, at(9), LEASE)
    assert await work.take_probe(ROUTE, at(10), LEASE)
    assert not await work.take_probe(ROUTE, at(11), LEASE)
    await work.give_back_probe(ROUTE, at(12))
    assert await work.take_probe(ROUTE, at(12), LEASE)
    assert await work.close_breaker(ROUTE, at(13))
    state = await work.read_routes()
    assert (state.settings, state.breakers[ROUTE].state) == ({}, BreakerStatus.CLOSED)
    assert not await work.close_breaker(ROUTE, at(13))
    await work.give_back_probe(ROUTE, at(14))
    assert (await work.read_routes()).breakers[ROUTE].closed
    await work.open_breaker(ROUTE, at(20), BACKOFF)
    assert (await work.read_routes()).breakers[ROUTE].probe_at == at(30)


async def test_an_unknown_report_is_stored_once_however_often_it_is_sent(stores: Stores) -> None:
    charge = Report(
        id="unm_1", kind="charge", reference="r", status="captured", gateway_status="CHARGED"
    )
    for number in range(2):
        refund = replace(charge, id=f"unm_r{number}", kind="refund")
        reports = [replace(charge, id=f"unm_c{number}"), refund]
        await stores.work.store_unmatched("juspay", reports, at(number))
    if isinstance(stores.work, MemoryWorkStore):
        found = stores.work.unmatched
    else:
        rows = await UnmatchedReport.all()
        found = {(row.gateway, row.kind, row.reference): row.times for row in rows}
    assert found == {("juspay", kind, "r"): 2 for kind in ("charge", "refund")}
