"""Deleting what is past its time reads what it deletes, and waits for nobody."""

from collections.abc import AsyncIterator, Mapping
from datetime import timedelta

import asyncpg
import pytest

from payment_engine.db.erasure import NEXT, START
from payment_engine.db.retention import ExpiringTable, delete_statement
from tests.db.changes import MERCHANT, now
from tests.db.explained import PLANS, rows_read

ROWS, OLD, BATCH = 20_000, 500, 100

_FILL: Mapping[ExpiringTable, str] = {
    "idempotency_key": "INSERT INTO idempotency_key (merchant_id, key, fingerprint, resource_id, "
    "created_at) SELECT $1, n, '', 'pay_1', {at} FROM {numbers}",
    "inbox_notice": "INSERT INTO inbox_notice (id, gateway, event_id, kind, sealed, received_at, "
    "handled_at) SELECT n, 'juspay', $1 || n, 'x', '', {at}, CASE WHEN n % 3 > 0 THEN now() END "
    "FROM {numbers}",
    "outbox_message": "INSERT INTO outbox_message (id, merchant_id, payment_id, sequence, type, "
    "body, state, attempts, run_at, created_at, delivered_at) SELECT n, $1, n, 1, 'x', '{{}}', "
    "CASE WHEN n % 3 > 0 THEN 'delivered' ELSE 'dead' END, 1, now(), {at}, "
    "CASE WHEN n % 3 > 0 THEN now() END FROM {numbers}",
}
"""Many rows of this hour, and a few that are a year old; of some tables a third may not go."""
_AT = f"now() - CASE WHEN n <= {OLD} THEN interval '1 year' ELSE interval '1 minute' END"
_NUMBERS = f"generate_series(1, {ROWS}) n"


@pytest.fixture
async def connection(fresh_database: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(fresh_database)
    for table, statement in _FILL.items():
        await connection.execute(statement.format(at=_AT, numbers=_NUMBERS), MERCHANT)
        await connection.execute(f"ANALYZE {table}")
    yield connection
    await connection.close()


@pytest.mark.parametrize("plan", PLANS)
async def test_a_sweep_reads_what_it_deletes(connection: asyncpg.Connection, plan: str) -> None:
    until = now() - timedelta(days=90)
    for table in _FILL:
        statement = delete_statement(table)
        read = await rows_read(connection, table, statement, until, BATCH, plan=plan)
        assert read <= 4 * BATCH, table


async def test_a_sweep_deletes_the_oldest_and_leaves_what_somebody_must_look_at(
    connection: asyncpg.Connection,
) -> None:
    until = now() - timedelta(days=90)
    for table, left in (("idempotency_key", 0), ("inbox_notice", 166), ("outbox_message", 166)):
        statement = delete_statement(table)
        while await connection.fetchval(statement, until, BATCH):
            pass
        rows = await connection.fetchval(f"SELECT count(*) FROM {table}")  # noqa: S608
        assert rows == ROWS - OLD + left


async def test_a_sweep_does_not_wait_for_a_row_that_is_in_use(
    connection: asyncpg.Connection, fresh_database: str
) -> None:
    other = await asyncpg.connect(fresh_database)
    async with other.transaction():
        await other.execute("SELECT FROM idempotency_key WHERE key = '1' FOR UPDATE")
        statement = delete_statement("idempotency_key")
        assert await connection.fetchval(statement, now() - timedelta(days=90), OLD) == OLD - 1
    await other.close()


_PAYMENTS = """
INSERT INTO payment (id, merchant_id, order_id, status, amount, currency, breakdown, metadata,
  customer_ref, customer, return_url, capture, created_at, expires_at, erased_at)
SELECT 'pay_' || n, $1, 'order-' || n, 'open', 100, 'INR', '[]', '{}', 'c', '', '', 'automatic',
  now() - interval '3 years' + n * interval '1 minute',
  now() - interval '2 years' + n * interval '1 minute', CASE WHEN n <= 10000 THEN now() END
FROM generate_series(1, 20000) n
"""


@pytest.mark.parametrize("plan", PLANS)
async def test_a_walk_reads_no_payment_that_is_erased(
    connection: asyncpg.Connection, plan: str
) -> None:
    await connection.execute(
        "INSERT INTO merchant (id, name, created_at) VALUES ($1, 'Pharmacy', now())", MERCHANT
    )
    await connection.execute(_PAYMENTS, MERCHANT)
    await connection.execute("ANALYZE payment")
    values = (START.created_at, START.id, now() - timedelta(days=366), BATCH)
    assert await rows_read(connection, "payment", NEXT, *values, plan=plan) <= 2 * BATCH
    assert (await connection.fetch(NEXT, *values))[0]["id"] == "pay_10001"
