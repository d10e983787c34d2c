"""A database that is emptied for the next test is as good as a new one."""

from datetime import UTC, datetime

import asyncpg
import pytest

from tests.databases import empty_database

NOW = datetime(2026, 1, 5, 10, tzinfo=UTC)
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
SEQUENCES = """
SELECT sequencename FROM pg_sequences
WHERE last_value IS NOT NULL AND sequencename NOT LIKE 'tortoise_migrations%'
"""


async def row_counts(db: asyncpg.Connection) -> dict[str, int]:
    names = [row["tablename"] for row in await db.fetch(TABLES)]
    return {name: await db.fetchval(f"SELECT count(*) FROM {name}") for name in names}  # noqa: S608


async def write_history(url: str) -> asyncpg.Connection:
    """Leave a merchant, a payment and an event; the open connection returned holds a lock."""
    db = await asyncpg.connect(url)
    await db.execute(
        "INSERT INTO merchant (id, name, created_at) VALUES ('mer_1', 'Acme', $1)", NOW
    )
    await db.execute(
        "INSERT INTO payment (id, merchant_id, order_id, status, amount, currency, breakdown,"
        " metadata, customer_ref, customer, return_url, capture, created_at, expires_at)"
        " VALUES ('pay_1', 'mer_1', 'PO1', 'open', 100, 'INR', '[]', '{}', 'c', '', 'https://a.b/',"
        " 'automatic', $1, $1::timestamptz + interval '1 hour')",
        NOW,
    )
    await db.execute(
        "INSERT INTO payment_event (payment_id, type, data, at, source, version)"
        " VALUES ('pay_1', 'opened', '{}', $1, 'test', 1)",
        NOW,
    )
    await db.execute("BEGIN; LOCK TABLE payment")
    return db


async def test_nothing_is_left_of_the_test_before(fresh_database: str) -> None:
    db = await asyncpg.connect(fresh_database)
    migrated = await row_counts(db)
    await db.close()
    previous = await write_history(fresh_database)

    await empty_database(fresh_database)

    db = await asyncpg.connect(fresh_database)
    assert await row_counts(db) == migrated
    assert migrated["payment"] == 0 < migrated["tortoise_migrations"]
    assert await db.fetch(SEQUENCES) == []
    assert previous.is_closed()
    await db.close()


async def test_history_is_still_append_only_in_an_emptied_database(fresh_database: str) -> None:
    await empty_database(fresh_database)
    db = await write_history(fresh_database)

    with pytest.raises(asyncpg.PostgresError, match="only grows"):
        await db.execute("DELETE FROM payment_event")

    await db.close()
