"""Most changes of a row touch no index: its next version stands beside it (a HOT update)."""

from collections.abc import AsyncIterator, Callable

import asyncpg
import pytest

from payment_engine.db.payment_store import PostgresPaymentStore
from payment_engine.db.pool import Pool
from payment_engine.domain.commit import CommitResult
from payment_engine.domain.gateway import ChargeState
from payment_engine.domain.lifecycle import PaymentChange
from payment_engine.domain.money import Paise
from payment_engine.domain.payment import Snapshot
from payment_engine.domain.states import AttemptStatus
from tests.db.changes import MERCHANT, attempting, capturing, changing, now, opening

PAYMENTS = 40

_UPDATES = """
SELECT relname, n_tup_upd AS updates, n_tup_hot_upd AS hot FROM pg_stat_user_tables
WHERE relname = ANY ($1::text[])
"""


@pytest.fixture
async def pool(fresh_database: str) -> AsyncIterator[Pool]:
    """One connection, since each counts its own updates until it reports them."""
    pool = Pool(lambda: asyncpg.connect(fresh_database), size=1)
    yield pool
    await pool.close()


async def updates(pool: Pool) -> dict[str, tuple[int, int]]:
    """Of each table: its updates so far, and how many of them were HOT."""
    await pool.fetch("SELECT pg_stat_force_next_flush()")
    rows = await pool.fetch(_UPDATES, ["payment", "attempt", "refund"])
    return {row["relname"]: (row["updates"], row["hot"]) for row in rows}


def refunding(change: PaymentChange) -> None:
    change.add_refund(change.snapshot.attempts[-1], 400, "test")


def pending(change: PaymentChange) -> None:
    """The newest attempt is pending, and its gateway has given no id yet."""
    attempt = change.snapshot.attempts[-1]
    state = ChargeState(
        ref=attempt.ref,
        status=AttemptStatus.PENDING,
        gateway_status="PENDING",
        amount=Paise(attempt.amount),
    )
    change.apply_charge(attempt.id, state)


async def change_all(
    store: PostgresPaymentStore,
    snapshots: list[Snapshot],
    change_it: Callable[[PaymentChange], object],
) -> list[Snapshot]:
    """One after the other, as customers come: what one leaves makes room for the next."""
    commits = [changing(each, change_it) for each in snapshots]
    for commit in commits:
        assert await store.commit([commit]) == [CommitResult.WRITTEN]
    return [commit.snapshot for commit in commits]


async def test_changes_of_status_and_of_refunds_touch_no_index(pool: Pool) -> None:
    """Every page has room for all versions: old ones stay while a transaction of any other test on
    this server is open."""
    for table in ("payment", "attempt", "refund"):
        await pool.fetch(f"ALTER TABLE {table} SET (fillfactor = 10)")
    await pool.fetch(
        "INSERT INTO merchant (id, name, created_at) VALUES ($1, 'Pharmacy', $2)", MERCHANT, now()
    )
    store = PostgresPaymentStore(pool)
    openings = [opening() for _ in range(PAYMENTS)]
    assert set(await store.commit(openings)) == {CommitResult.WRITTEN}
    snapshots = await change_all(store, [each.snapshot for each in openings], attempting)
    snapshots = await change_all(store, snapshots, pending)
    status_moved = await updates(pool)
    snapshots = await change_all(store, snapshots, capturing)
    captured = await updates(pool)
    await change_all(store, snapshots, refunding)
    refunded = await updates(pool)
    for table, before, after in (
        ("payment", {}, refunded),
        ("attempt", {}, status_moved),
        ("attempt", captured, refunded),
    ):
        count, hot = (
            later - earlier
            for later, earlier in zip(after[table], before.get(table, (0, 0)), strict=True)
        )
        assert count >= PAYMENTS, table
        assert hot == count, table
