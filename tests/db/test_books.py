"""Books read from PostgreSQL: whole, each as of one moment, and with no rights but to read."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from payment_engine.db.books import connected, read_books
from payment_engine.db.payment_store import PostgresPaymentStore
from payment_engine.db.pool import Pool
from payment_engine.domain.commit import Commit, CommitResult, Message
from payment_engine.domain.ids import new_id
from payment_engine.domain.invariants import Books, breaches
from payment_engine.domain.lifecycle import PaymentChange
from payment_engine.domain.payment import Snapshot
from payment_engine.domain.states import AttemptStatus
from tests.commands import run
from tests.db.changes import (
    MERCHANT,
    a_payment,
    attempting,
    capturing,
    changing,
    now,
    opening,
)
from tests.forks import run_forked

ROOT = Path(__file__).parents[2]
WEEK = timedelta(days=7)


@pytest.fixture
async def reader(database: str) -> AsyncIterator[asyncpg.Connection]:
    async with connected(database) as connection:
        yield connection


def with_messages(commit: Commit, before: int = 0) -> Commit:
    """The commit with the messages that it counts."""
    payment = commit.payment
    messages = tuple(
        Message(
            id=new_id("msg", int(now().timestamp() * 1000)),
            merchant_id=payment.merchant_id,
            payment_id=payment.id,
            sequence=number,
            type="payment.pending",
            body={},
            run_at=now(),
            created_at=now(),
        )
        for number in range(before + 1, payment.sequence + 1)
    )
    return replace(commit, messages=messages)


async def committed(store: PostgresPaymentStore, commit: Commit, before: int = 0) -> Snapshot:
    assert await store.commit([with_messages(commit, before)]) == [CommitResult.WRITTEN]
    return commit.snapshot


async def changed(
    store: PostgresPaymentStore, before: Snapshot, *steps: Callable[[PaymentChange], object]
) -> Snapshot:
    for step in steps:
        before = await committed(store, changing(before, step), before.payment.sequence)
    return before


def following(change: PaymentChange) -> None:
    attempting(change)
    change.request_job("check_charge", change.snapshot.attempts[-1].id, now())


def refunding(change: PaymentChange) -> None:
    refund = change.add_refund(change.snapshot.attempts[0], 400, "test")
    change.request_job("refund", refund.id, now())


async def paid(store: PostgresPaymentStore) -> Snapshot:
    opened = await committed(store, opening())
    return await changed(store, opened, following, capturing, refunding)


async def all_books(reader: asyncpg.Connection, **more: Any) -> list[Books]:
    bounds: dict[str, Any] = {"since": None, "messages_since": now() - WEEK, **more}
    return [books async for books in read_books(reader, **bounds)]


async def lines(reader: asyncpg.Connection, **more: Any) -> list[str]:
    return [line for books in await all_books(reader, **more) for line in breaches(books)]


async def test_books_are_read_as_they_were_written(
    postgres: PostgresPaymentStore, reader: asyncpg.Connection
) -> None:
    empty = await committed(postgres, opening())
    full = await paid(postgres)
    [first, second] = await all_books(reader)
    assert (first.snapshot, second.snapshot) == (empty, full)
    assert ("refund", full.refunds[0].id) in second.jobs
    assert [event.type for event in first.events] == ["payment.opened"]
    assert list(second.sequences) == list(range(1, full.payment.sequence + 1))
    assert await lines(reader) == []


BROKEN = {
    "DELETE FROM job WHERE kind = 'refund'": "is created, and nothing follows it up",
    "DELETE FROM outbox_message": "1 messages were due, the outbox has none",
    "UPDATE attempt SET amount_captured = 5000, amount_authorized = 0": (
        "amount_captured is 116400 paise, its attempts add up to 5000"
    ),
    "UPDATE attempt SET rrn = 'x'": "is x, its history says None",
    "UPDATE payment SET status = 'open', revision = revision + 1": (
        "it is open, its attempts add up to paid"
    ),
}


@pytest.mark.parametrize("statement", BROKEN)
async def test_rows_changed_behind_our_back_are_named(
    postgres: PostgresPaymentStore, reader: asyncpg.Connection, pool: Pool, statement: str
) -> None:
    payment = (await paid(postgres)).payment
    await pool.fetch(statement)
    found = await lines(reader)
    assert any(BROKEN[statement] in line for line in found), found
    assert {line.partition(": ")[0] for line in found} == {payment.id}


async def test_two_payments_that_name_one_charge_are_both_named(
    postgres: PostgresPaymentStore, reader: asyncpg.Connection, pool: Pool
) -> None:
    for _ in range(2):
        await changed(postgres, await committed(postgres, opening()), following)
    await pool.fetch("UPDATE attempt SET gateway_payment_id = 'moz'")
    found = [line for line in await lines(reader) if "as another payment does" in line]
    assert len(found) == 2


async def test_pages_are_read_until_the_last_payment(
    postgres: PostgresPaymentStore, reader: asyncpg.Connection
) -> None:
    opened = [(await committed(postgres, opening())).payment.id for _ in range(4)]
    for page in (1, 3, 4, 5):
        read = await all_books(reader, page=page)
        assert [books.snapshot.payment.id for books in read] == sorted(opened)


async def test_only_payments_opened_since_a_time_are_read(
    postgres: PostgresPaymentStore, reader: asyncpg.Connection
) -> None:
    start = now() + timedelta(hours=1)
    for seconds in (-3600, -1, 0, 1):
        at: datetime = start + timedelta(seconds=seconds)
        payment_id = new_id("pay", int(at.timestamp() * 1000))
        row = a_payment(
            id=payment_id, order_id=payment_id, created_at=at, expires_at=at + timedelta(hours=1)
        )
        await committed(postgres, opening(row))
    read = [books.snapshot.payment.created_at for books in await all_books(reader, since=start)]
    assert read == [start, start + timedelta(seconds=1)]


async def test_messages_of_an_old_payment_may_have_been_deleted(
    postgres: PostgresPaymentStore, reader: asyncpg.Connection, pool: Pool
) -> None:
    await paid(postgres)
    await pool.fetch("DELETE FROM outbox_message")
    assert len(await lines(reader)) == 1
    assert await lines(reader, messages_since=now() + timedelta(seconds=1)) == []


async def test_payments_that_change_while_they_are_read_give_no_false_breach(
    postgres: PostgresPaymentStore, reader: asyncpg.Connection
) -> None:
    async def keep_paying() -> None:
        for _ in range(8):
            await paid(postgres)

    writers = asyncio.gather(keep_paying(), keep_paying())
    rounds, found = 0, []
    while not writers.done():
        found += await lines(reader, page=5)
        rounds += 1
    await writers
    assert rounds > 3
    assert found == []


async def test_a_role_that_may_only_read_can_check(
    postgres: PostgresPaymentStore, pool: Pool, database: str
) -> None:
    await paid(postgres)
    role = f"reader_{secrets.token_hex(4)}"
    await pool.fetch(f"CREATE ROLE {role} LOGIN")
    try:
        await pool.fetch(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}")
        url = database.replace("postgres@", f"{role}@")
        assert url != database
        async with connected(url) as connection:
            assert await lines(connection) == []
    finally:
        await pool.fetch(f"DROP OWNED BY {role}")
        await pool.fetch(f"DROP ROLE {role}")


async def test_the_command_prints_each_breach_and_how_many_payments_it_checked(
    postgres: PostgresPaymentStore, pool: Pool, database: str
) -> None:
    await changed(postgres, await committed(postgres, opening()), following)
    broken = await changed(postgres, await committed(postgres, opening()), following)
    settings = {"PE_DATABASE_URL": database, "PE_SECRET": "s" * 32}
    command = ("python", "-m", "payment_engine", "invariants")
    assert await run(ROOT, *command, **settings) == (0, "2 payments checked, 0 breaches\n")

    attempt = broken.attempts[0]
    assert attempt.status is AttemptStatus.CREATED
    await pool.fetch("DELETE FROM job WHERE subject = $1", attempt.id)
    line = f"{broken.payment.id}: {attempt.id} is created, and nothing follows it up\n"
    code, printed = await run_forked(ROOT, "invariants", **settings)
    assert code == 1
    assert sorted(printed.splitlines(keepends=True)) == [
        "2 payments checked, 1 breaches\n",
        line,
    ]
    later = (now() + timedelta(hours=2)).isoformat()
    assert await run_forked(ROOT, "invariants", "--since", later, **settings) == (
        0,
        "0 payments checked, 0 breaches\n",
    )
    assert MERCHANT not in printed
