"""Work lists read what they show, however many attempts have long ended."""

import asyncio

import asyncpg
import pytest
from asyncpg.connection import LoggedQuery

from payment_engine.domain.callers import Caller
from payment_engine.domain.requests.admin import AttemptsQuery, RefundsQuery
from payment_engine.services.oncall import worklist
from tests.db.explained import rows_read
from tests.world import World

ENDED = 20_000

_PAYMENTS = """
INSERT INTO payment (id, merchant_id, order_id, status, amount, currency, breakdown, metadata,
    customer_ref, customer, return_url, capture, created_at, expires_at)
  SELECT 'pay_' || n, $1, n, 'open', 100, 'INR', '[]', '{}', 'c', '', '', 'automatic',
    $2::timestamptz - n * interval '1 minute', $2::timestamptz + interval '1 hour'
  FROM generate_series(1, $3::int) n
"""
_ATTEMPTS = """
INSERT INTO attempt (id, payment_id, number, ref, gateway, method, status, amount,
    amount_captured, currency, live, review, settled_at, created_at, expires_at)
  SELECT 'att_' || n, 'pay_' || n, 1, n, 'juspay', 'card', s.status, 100,
    CASE WHEN s.status = 'captured' THEN 100 ELSE 0 END, 'INR', false,
    CASE WHEN n % 5000 = 7 THEN 'amount' END,
    CASE WHEN s.status = 'captured' THEN p.created_at END, p.created_at, p.expires_at
  FROM generate_series(1, $1::int) n JOIN payment p ON p.id = 'pay_' || n
  CROSS JOIN LATERAL (SELECT CASE WHEN n % 4000 = 3 THEN 'pending' WHEN n % 4000 = 4
    THEN 'authorized' ELSE 'captured' END AS status) s
"""


_REFUNDS = """
INSERT INTO refund (id, payment_id, attempt_id, ref, amount, status, reason, lines, review,
    created_at, settled_at)
  SELECT 'rfd_' || n, 'pay_' || n, 'att_' || n, n, 1, s.status, 'x', '[]',
    CASE WHEN n % 5000 = 7 THEN 'amount' END, p.created_at,
    CASE WHEN s.status = 'succeeded' THEN p.created_at END
  FROM generate_series(1, $1::int) n JOIN payment p ON p.id = 'pay_' || n
  CROSS JOIN LATERAL (SELECT CASE WHEN n % 4000 = 3 THEN 'pending' WHEN n % 4000 = 4
    THEN 'manual_review' ELSE 'succeeded' END AS status) s
"""


class TableQueries:
    """The statements about a table, with their values."""

    def __init__(self, table: str) -> None:
        self._table = table
        self.queries: list[tuple[str, tuple[object, ...]]] = []

    def __call__(self, query: LoggedQuery) -> None:
        if f'FROM "{self._table}"' in query.query:
            self.queries.append((query.query, query.args))


@pytest.mark.breaks_invariants("attempts written by hand have no history")
@pytest.mark.parametrize(
    ("state", "found"), [("unsettled", 5), ("pending", 5), ("authorized", 5), ("review", 4)]
)
async def test_a_list_of_what_is_open_reads_nothing_that_has_ended(
    world: World, database: str, state: str, found: int
) -> None:
    merchant = world.keys.merchant_id
    connection = await asyncpg.connect(database)
    await connection.execute(_PAYMENTS, merchant, world.clock.now(), ENDED)
    await connection.execute(_ATTEMPTS, ENDED)
    await connection.execute("ANALYZE attempt; ANALYZE payment")
    sent = queries_of(world, "attempt")
    caller = Caller(kind="admin", merchant_id=merchant)
    query = AttemptsQuery(state=state, gateway="juspay")
    assert len(await worklist.find_attempts(world.engine, caller, query, 50)) == found
    await asyncio.sleep(0)
    assert len(sent.queries) == 1
    for statement, values in sent.queries:
        read = await rows_read(connection, "attempt", statement, *values)
        assert read <= 20, statement
    await connection.close()


@pytest.mark.breaks_invariants("refunds written by hand have no history")
@pytest.mark.parametrize(
    ("state", "found"), [("unsettled", 10), ("pending", 5), ("manual_review", 5), ("review", 4)]
)
async def test_a_list_of_open_refunds_reads_nothing_that_has_ended(
    world: World, database: str, state: str, found: int
) -> None:
    merchant = world.keys.merchant_id
    connection = await asyncpg.connect(database)
    await connection.execute(_PAYMENTS, merchant, world.clock.now(), ENDED)
    await connection.execute(_ATTEMPTS, ENDED)
    await connection.execute(_REFUNDS, ENDED)
    await connection.execute("ANALYZE attempt; ANALYZE payment; ANALYZE refund")
    sent = queries_of(world, "refund")
    caller = Caller(kind="admin", merchant_id=merchant)
    query = RefundsQuery(state=state, gateway="juspay")
    assert len(await worklist.find_refunds(world.engine, caller, query, 50)) == found
    await asyncio.sleep(0)
    assert len(sent.queries) == 1
    for statement, values in sent.queries:
        for table in ("refund", "attempt", "payment"):
            read = await rows_read(connection, table, statement, *values)
            assert read <= 20, (table, statement)
    await connection.close()


def queries_of(world: World, table: str) -> TableQueries:
    """What the service sends about a table from now on."""
    sent = TableQueries(table)
    for each in world.engine.db.pool.connections:
        each.add_query_logger(sent)
    return sent
