"""The store and the whole service behind PgBouncer in transaction mode."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from payment_engine.db.committer import Committer
from payment_engine.db.connection import Database
from payment_engine.db.payment_store import PostgresPaymentStore
from payment_engine.domain.commit import CommitResult
from payment_engine.domain.store import Load
from payment_engine.settings import Settings
from tests.db.changes import MERCHANT, attempting, capturing, changing, now, opening
from tests.db.pgbouncer import SERVER_CONNECTIONS, pgbouncer
from tests.housekeeping import NAME
from tests.world import running_world


@pytest.fixture
async def pooled(open_folder: Path, database: str) -> AsyncIterator[str]:
    """The test's database behind PgBouncer."""
    async with pgbouncer(open_folder, database) as url:
        yield url


@pytest.fixture
async def db(pooled: str) -> AsyncIterator[Database]:
    db = Database(pooled, size=20, pooler=True)
    await db.open()
    await db.fetch(
        "INSERT INTO merchant (id, name, created_at) VALUES ($1, 'Pharmacy', $2)", MERCHANT, now()
    )
    yield db
    await db.close()


async def pay(committer: Committer) -> None:
    """Open a payment, attempt it and capture it, each after loading what was written."""
    opened = opening()
    assert await committer.commit(opened, intent=True) is CommitResult.WRITTEN
    expected = opened.snapshot
    for step in (attempting, capturing):
        loaded = await committer.load(Load(find="payment", id=opened.payment.id))
        assert loaded is not None
        assert loaded.snapshot == expected
        commit = changing(loaded.snapshot, step)
        assert await committer.commit(commit, intent=False) is CommitResult.WRITTEN
        expected = commit.snapshot


async def test_twenty_payments_at_once_share_few_connections_without_an_error(
    db: Database,
) -> None:
    committers = [Committer(PostgresPaymentStore(db)) for _ in range(20)]
    for _ in range(5):
        await asyncio.gather(*map(pay, committers))
    [row] = await db.fetch(
        "SELECT (SELECT count(*) FROM payment WHERE status = 'paid') AS paid, (SELECT count(*) "
        "FROM pg_stat_activity WHERE datname = current_database() AND application_name <> $1) "
        "AS connections",
        NAME,
    )
    assert row["paid"] == 100
    assert row["connections"] <= SERVER_CONNECTIONS


async def test_transactions_and_models_work_behind_a_pooler(db: Database) -> None:
    async def rename(number: int) -> None:
        async with db.transaction() as tx:
            await tx.execute_query("SELECT FROM merchant WHERE id = $1 FOR UPDATE", [MERCHANT])
            await tx.execute_query("UPDATE merchant SET name = $1", [f"Pharmacy {number}"])

    await asyncio.gather(*map(rename, range(20)))
    rows = await db.connection.execute_query_dict("SELECT name FROM merchant")
    assert rows[0]["name"].startswith("Pharmacy ")


async def test_the_service_pays_behind_a_pooler(pooled: str, tmp_path: Path) -> None:
    changes = {"database_pooler": "transaction"}
    async with running_world(pooled, tmp_path / "spool", **changes) as world:
        payments = await asyncio.gather(*(world.paid_payment() for _ in range(5)))
        assert {payment["status"] for payment in payments} == {"paid"}
        await world.run_worker()
        assert world.engine.heartbeat.fresh()


async def test_without_the_setting_prepared_statements_are_lost(pooled: str) -> None:
    db = Database(pooled, size=20)
    await db.open()
    answers: list[object] = []
    for _ in range(10):
        fetches = [db.fetch("SELECT $1::int", number) for number in range(20)]
        answers += await asyncio.gather(*fetches, return_exceptions=True)
    await db.close()
    assert any(isinstance(answer, asyncpg.PostgresError) for answer in answers)


def test_a_pooler_that_is_set_to_nothing_is_none() -> None:
    settings = {"secret": "-" * 32, "database_pooler": ""}
    assert Settings.model_validate(settings).database_pooler is None
