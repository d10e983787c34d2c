"""A shop may give all its guests one reference: limits read no more of them than they need."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import asyncpg
import orjson
import pytest

from payment_engine.db.load_statement import load_statement
from tests.db.changes import MERCHANT
from tests.db.explained import PLANS, rows_by_table

GUEST, GUESTS = "guest", 2_000
FIRST = "pay_" + "1".rjust(20, "0")

_FILL = f"""
SET session_replication_role = replica;
INSERT INTO merchant (id, name, created_at) VALUES ('{MERCHANT}', 'Pharmacy', now());
INSERT INTO payment (id, merchant_id, order_id, status, amount, currency, breakdown, metadata,
    customer_ref, customer, return_url, capture, created_at, expires_at)
  SELECT 'pay_' || lpad(n::text, 20, '0'), '{MERCHANT}', 'order-' || n, 'pending', 100, 'INR', '[]',
    '{{}}', '{GUEST}', '', '', 'automatic', now(), now() + interval '1 hour'
  FROM generate_series(1, {GUESTS}) n;
INSERT INTO attempt (id, payment_id, number, ref, gateway, method, status, amount, currency,
    created_at, expires_at)
  SELECT 'att' || substr(id, 4), id, 1, substr(id, 5), 'juspay', 'card', 'pending', amount,
    currency, created_at, expires_at FROM payment;
SET session_replication_role = DEFAULT;
"""  # noqa: S608 - constants of this module
_LIMIT = """
INSERT INTO customer_config (merchant_id, customer_ref, preferences, limits, updated_at)
VALUES ($1, $2, '{}', $3, now())
"""


@pytest.fixture
async def connection(database: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database)
    await connection.execute(_FILL)
    await connection.execute("ANALYZE")
    yield connection
    await connection.close()


@pytest.mark.parametrize(
    ("limits", "most"),
    [({"per_payment": 100}, 1), ({"attempts_per_day": 10}, 20)],
    ids=["a payment's amount", "attempts of a day"],
)
async def test_limits_read_few_payments_of_a_shared_reference(
    connection: asyncpg.Connection, limits: dict[str, int], most: int
) -> None:
    await connection.execute(_LIMIT, MERCHANT, GUEST, orjson.dumps(limits).decode())
    statement = load_statement("payment", for_attempt=True)
    values = ([FIRST], [MERCHANT], ["key"], [datetime.now(UTC)], [None], [None], [None])
    for plan in PLANS:
        read = await rows_by_table(connection, statement, *values, plan=plan)
        assert read["payment"] <= most + 1, plan
