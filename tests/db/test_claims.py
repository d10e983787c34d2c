"""Claims read what they take, whatever else waits: the backlog of other queues, or messages that
wait behind one that is sent again."""

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta

import asyncpg
import pytest

from payment_engine.db import outbox
from payment_engine.db.job_queues import (
    WEBHOOKS,
    Queue,
    of_gateway,
    of_none_of,
    one_look,
    one_webhook,
)
from payment_engine.db.jobs import claim_statement
from payment_engine.db.outbox import ClaimedMessage, MessageEnd
from payment_engine.db.pool import Pool
from payment_engine.domain.events import MessageState
from tests.db.changes import MERCHANT, now
from tests.db.explained import PLANS, rows_by_table, rows_read

BACKLOG = 10_000
MOST = 20
LEASE = timedelta(seconds=60)

_JOBS = """
INSERT INTO job (kind, subject, gateway, run_at, created_at)
SELECT $1, $2 || n, $3, now() - n * interval '1 s', now() FROM generate_series(1, $4::int) n
"""
_MESSAGES = """
INSERT INTO outbox_message (id, merchant_id, payment_id, sequence, type, body, state, attempts,
  run_at, lease_until, created_at)
SELECT 'msg_' || n || '_' || s, $1, 'pay_' || n, s, 'payment.paid', '{}', 'ready', 0,
  now() - interval '1 h', CASE WHEN s = 1 THEN $3::timestamptz END, now()
FROM generate_series(1, $2::int) n, generate_series(1, 2) s
"""

_DUE = """
INSERT INTO outbox_message (id, merchant_id, payment_id, sequence, type, body, state, attempts,
  run_at, created_at)
SELECT 'msg_due_' || n, $1, 'pay_due_' || n, 1, 'payment.paid', '{}', 'ready', 0, now(), now()
FROM generate_series(1, $2::int) n
"""


@pytest.fixture
async def pool(fresh_database: str) -> AsyncIterator[Pool]:
    pool = Pool(lambda: asyncpg.connect(fresh_database), size=1)
    yield pool
    await pool.close()


@pytest.fixture
async def connection(fresh_database: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(fresh_database)
    yield connection
    await connection.close()


_BACKLOG = {
    "payments to expire": ("expire_payment", "pay", None, BACKLOG),
    "checks": ("check_charge", "att", "busy", BACKLOG),
    "webhooks": ("handle_notice", "whk", None, BACKLOG),
    "confirmations": ("confirm_charge", "paid", "busy", 5),
    "few checks": ("check_charge", "few", "quiet", 5),
    "checks of a gateway that was removed": ("check_charge", "old", "removed", 5),
}


@pytest.fixture(params=["none", *_BACKLOG])
async def backlog(connection: asyncpg.Connection, request: pytest.FixtureRequest) -> None:
    """Many due jobs of one gateway, of none, and of webhooks, few of others; PostgreSQL counted
    them when only one sort was there, or none, or all."""
    for name, jobs in _BACKLOG.items():
        if request.param == name:
            await connection.execute(_JOBS, *jobs)
            await connection.execute("VACUUM ANALYZE job")
    for name, jobs in _BACKLOG.items():
        if request.param != name:
            await connection.execute(_JOBS, *jobs)


QUEUES = {
    "of a busy gateway": (of_gateway("busy"), MOST),
    "of a quiet gateway": (of_gateway("quiet"), 5),
    "of an idle gateway": (of_gateway("idle"), 0),
    "of webhooks": (WEBHOOKS, MOST),
    "of one webhook": (one_webhook("whk7"), 1),
    "of one confirmation": (one_look("paid3"), 1),
    "of the rest": (of_none_of(["busy", "quiet", "idle"]), MOST),
}


@pytest.mark.parametrize("plan", PLANS)
@pytest.mark.usefixtures("backlog")
async def test_a_claim_of_one_queue_reads_no_backlog_of_another(
    connection: asyncpg.Connection, plan: str
) -> None:
    read = {}
    for name, (queue, due) in QUEUES.items():
        values = [now(), LEASE, MOST, *([] if queue.value is None else [queue.value])]
        statement = claim_statement(queue)
        assert len(await connection.fetch(f"/* {plan} */ {statement}", *values)) == due, name
        read[name] = await rows_read(connection, "job", statement, *values, plan=plan)
    assert max(read.values()) <= 10 * MOST, read


async def test_jobs_of_a_gateway_that_was_removed_are_among_the_rest(
    connection: asyncpg.Connection,
) -> None:
    for gateway in ("kept", "removed", None):
        await connection.execute(_JOBS, "check_charge", f"{gateway}-", gateway, 2)
    subjects = await claimed(connection, of_none_of(["kept"]))
    assert subjects == {"removed-1", "removed-2", "None-1", "None-2"}


async def test_a_suspended_job_is_in_no_queue(connection: asyncpg.Connection) -> None:
    await connection.execute(_JOBS, "check_charge", "att", "juspay", 2)
    await connection.execute("UPDATE job SET held_at = now()")
    assert await claimed(connection, of_gateway("juspay")) == set()
    assert await claimed(connection, of_none_of([])) == set()


async def claimed(connection: asyncpg.Connection, queue: Queue) -> set[str]:
    values = [now(), LEASE, MOST, *([] if queue.value is None else [queue.value])]
    return {row["subject"] for row in await connection.fetch(claim_statement(queue), *values)}


class Explained:
    """Counts the rows that statements read, and writes nothing."""

    def __init__(self, connection: asyncpg.Connection, plan: str) -> None:
        self._connection, self._plan = connection, plan
        self.rows: Counter[str] = Counter()

    async def fetch(self, statement: str, *values: object) -> list[asyncpg.Record]:
        self.rows += await rows_by_table(self._connection, statement, *values, plan=self._plan)
        return []


def a_claimed(payment: int, lease_until: datetime) -> ClaimedMessage:
    return ClaimedMessage(
        id=f"msg_{payment}_1",
        merchant_id=MERCHANT,
        payment_id=f"pay_{payment}",
        type="payment.paid",
        body="{}",
        attempts=1,
        created_at=now(),
        lease_until=lease_until,
        notify_url="https://shop.example",
    )


async def add_messages(connection: asyncpg.Connection, payments: int) -> list[ClaimedMessage]:
    """Two messages of each payment, of which the first is being sent."""
    await connection.execute(
        "INSERT INTO merchant (id, name, created_at) VALUES ($1, 'Pharmacy', now())", MERCHANT
    )
    lease_until = now() + LEASE
    await connection.execute(_MESSAGES, MERCHANT, payments, lease_until)
    return [a_claimed(number, lease_until) for number in range(1, payments + 1)]


async def run_times(connection: asyncpg.Connection) -> dict[str, datetime]:
    rows = await connection.fetch("SELECT id, run_at FROM outbox_message WHERE state = 'ready'")
    return {row["id"]: row["run_at"] for row in rows}


@pytest.mark.parametrize("plan", PLANS)
async def test_a_claim_reads_no_message_that_waits_behind_one_that_is_sent_again(
    pool: Pool, connection: asyncpg.Connection, plan: str
) -> None:
    heads = await add_messages(connection, BACKLOG)
    again = now() + timedelta(hours=1)
    for start in range(0, BACKLOG, 200):
        ends = [
            MessageEnd(message=head, state=MessageState.READY, run_at=again, error="status 500")
            for head in heads[start : start + 200]
        ]
        await outbox.end(pool, ends)
    await connection.execute("ANALYZE outbox_message")
    values = (now(), LEASE, MOST, 16, [], [])
    read = await rows_read(connection, "outbox_message", outbox.CLAIM, *values, plan=plan)
    assert read <= MOST
    values = (again, LEASE, MOST, 16, [], [])
    read = await rows_read(connection, "outbox_message", outbox.CLAIM, *values, plan=plan)
    assert read <= 20 * MOST


@pytest.mark.parametrize("plan", PLANS)
async def test_a_claim_reads_what_it_takes_if_nothing_was_due_when_rows_were_counted(
    connection: asyncpg.Connection, plan: str
) -> None:
    await add_messages(connection, BACKLOG)
    await connection.execute("UPDATE outbox_message SET state = 'delivered', delivered_at = now()")
    await connection.execute("VACUUM ANALYZE outbox_message")
    await connection.execute(_DUE, MERCHANT, BACKLOG)
    values = (now(), LEASE, MOST, 16, [], [])
    read = await rows_read(connection, "outbox_message", outbox.CLAIM, *values, plan=plan)
    assert read <= 10 * MOST
    ended = Explained(connection, plan)
    message = replace(a_claimed(1, now()), id="msg_due_1")
    await outbox.end(ended, [MessageEnd(message=message, state=MessageState.DELIVERED)])
    assert ended.rows["outbox_message"] <= 10 * MOST


@pytest.mark.parametrize("busiest", ["mer_1", "mer_2"])
async def test_the_merchant_with_the_fewest_messages_under_way_goes_first(
    connection: asyncpg.Connection, busiest: str
) -> None:
    for number in (1, 2):
        await connection.execute(
            "INSERT INTO merchant (id, name, created_at) VALUES ($1, $1, now())", f"mer_{number}"
        )
    await connection.execute(_DUE, "mer_1", 20)
    await connection.execute(
        "UPDATE outbox_message SET merchant_id = 'mer_2' WHERE right(id, 1) IN ('1', '3', '5')"
    )
    values = (now(), LEASE, 1, 16, [busiest], [1])
    [claimed] = await connection.fetch(outbox.CLAIM, *values)
    assert claimed["merchant_id"] != busiest


async def test_who_waits_behind_a_message_waits_as_long_and_goes_once_it_is_delivered(
    pool: Pool, connection: asyncpg.Connection
) -> None:
    failed, delivered, dead = await add_messages(connection, 3)
    before, again = await run_times(connection), now() + timedelta(hours=1)
    await connection.execute(
        "UPDATE outbox_message SET run_at = $1 WHERE id IN ('msg_2_2', 'msg_3_2')", again
    )
    ends = [
        MessageEnd(message=failed, state=MessageState.READY, run_at=again, error="status 500"),
        MessageEnd(message=delivered, state=MessageState.DELIVERED, delivered_at=now()),
        MessageEnd(message=dead, state=MessageState.DEAD, run_at=again, error="status 500"),
    ]
    await outbox.end(pool, ends)
    after = await run_times(connection)
    due = before["msg_1_2"]
    assert after == {"msg_1_1": again, "msg_1_2": again, "msg_2_2": due, "msg_3_2": due}
