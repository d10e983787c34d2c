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
    connection = await filled(world, database, _ATTEMPTS)
    sent = queries_of(world, "attempt")
    query = AttemptsQuery(state=state, gateway="juspay")
    assert len(await worklist.find_attempts(world.engine, on_call(world), query, 50)) == found
    await reads_few(connection, sent, "attempt")


@pytest.mark.breaks_invariants("refunds written by hand have no history")
@pytest.mark.parametrize(
    ("state", "found"), [("unsettled", 10), ("pending", 5), ("manual_review", 5), ("review", 4)]
)
async def test_a_list_of_open_refunds_reads_nothing_that_has_ended(
    world: World, database: str, state: str, found: int
) -> None:
    connection = await filled(world, database, _ATTEMPTS, _REFUNDS)
    sent = queries_of(world, "refund")
    query = RefundsQuery(state=state, gateway="juspay")
    assert len(await worklist.find_refunds(world.engine, on_call(world), query, 50)) == found
    await reads_few(connection, sent, "refund", "attempt", "payment")


def queries_of(world: World, table: str) -> TableQueries:
    """What the service sends about a table from now on."""
    sent = TableQueries(table)
    for each in world.engine.db.pool.connections:
        each.add_query_logger(sent)
    return sent


async def filled(world: World, database: str, *statements: str) -> asyncpg.Connection:
    """A connection to the database, which has many payments and what these statements add."""
    connection = await asyncpg.connect(database)
    await connection.execute(_PAYMENTS, world.keys.merchant_id, world.clock.now(), ENDED)
    for statement in statements:
        await connection.execute(statement, ENDED)
    await connection.execute("ANALYZE attempt; ANALYZE payment; ANALYZE refund")
    return connection


def on_call(world: World) -> Caller:
    return Caller(kind="admin", merchant_id=world.keys.merchant_id)


async def reads_few(connection: asyncpg.Connection, sent: TableQueries, *tables: str) -> None:
    """The list was one statement, which reads few rows of these tables."""
    await asyncio.sleep(0)
    [(statement, values)] = sent.queries
    for table in tables:
        read = await rows_read(connection, table, statement, *values)
        assert read <= 20, (table, statement)
    await connection.close()
