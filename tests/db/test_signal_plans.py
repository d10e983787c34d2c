"""The gauges read what they count, however much has ended."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import asyncpg
import pytest

from payment_engine.db.signals import _READ as STATEMENT
from payment_engine.db.signals import AGES, LATE, REFUND_AGES, read_signals
from tests.db.changes import MERCHANT
from tests.db.explained import PLANS, rows_read

ENDED = 20_000
LATEST = 2_000
"""How many of the latest rows are looked through for the last success and the last webhook. Those
that are sorted end with one that is seen and left."""

_FILL = f"""
SET session_replication_role = replica;
INSERT INTO merchant (id, name, created_at) VALUES ('{MERCHANT}', 'Pharmacy', now());
INSERT INTO attempt (id, payment_id, number, ref, gateway, method, status, live, amount,
    amount_captured, currency, created_at, expires_at, settled_at)
  SELECT 'att_' || n, 'pay_' || n, 1, n, 'juspay', 'card', 'captured', false, 100, 100, 'INR',
    now() - n * interval '1 s', now(), now() FROM generate_series(1, {ENDED}) n;
INSERT INTO refund (id, payment_id, attempt_id, ref, amount, status, reason, lines, created_at,
    settled_at)
  SELECT 'rfd_' || n, 'pay_' || n, 'att_' || n, n, 1, 'succeeded', 'x', '[]', now(), now()
  FROM generate_series(1, {ENDED}) n;
INSERT INTO job (kind, subject, gateway, run_at, created_at)
  SELECT 'expire_payment', 'pay_' || n, 'juspay', now() + interval '1 day', now()
  FROM generate_series(1, {ENDED}) n;
INSERT INTO outbox_message (id, merchant_id, payment_id, sequence, type, body, state, run_at,
    created_at, delivered_at)
  SELECT 'msg_' || n, '{MERCHANT}', 'pay_' || n, 1, 'x', '{{}}', 'delivered', now(), now(), now()
  FROM generate_series(1, {ENDED}) n;
INSERT INTO inbox_notice (id, gateway, event_id, kind, sealed, received_at, handled_at)
  SELECT 'whk_' || n, 'juspay', n, 'x', '', now() - n * interval '1 s', now()
  FROM generate_series(1, {ENDED}) n;
SET session_replication_role = DEFAULT;
"""  # noqa: S608 - constants of this module
_MOST = {"attempt": LATEST + 1, "refund": 0, "job": 0, "outbox_message": 0, "inbox_notice": LATEST}


class Alone:
    """One connection in the place of a pool."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self.fetch = connection.fetch


@pytest.fixture
async def connection(fresh_database: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(fresh_database)
    yield connection
    await connection.close()


@pytest.mark.breaks_invariants("rows written by hand have no history")
async def test_gauges_read_nothing_that_has_ended_but_the_latest(
    connection: asyncpg.Connection,
) -> None:
    await connection.execute(_FILL)
    await connection.execute("ANALYZE")
    values = (datetime.now(UTC), ["juspay"], list(AGES), list(REFUND_AGES), LATE)
    for plan in PLANS:
        for table, most in _MOST.items():
            read = await rows_read(connection, table, STATEMENT, *values, plan=plan)
            assert read <= most, f"{table}, {plan}"


async def test_an_idle_database_shows_its_merchants(
    connection: asyncpg.Connection,
) -> None:
    await connection.execute(
        "INSERT INTO merchant (id, name, created_at) VALUES ($1, 'Pharmacy', now())", MERCHANT
    )
    rows = await read_signals(Alone(connection), [], datetime.now(UTC))
    values = {row.signal: (row.labels, row.value) for row in rows}
    assert values == {
        "overdue_attempts": ((), 0),
        "outbox_messages": ((MERCHANT,), 0),
        "outbox_oldest_seconds": ((MERCHANT,), 0),
        "outbox_dead": ((MERCHANT,), 0),
        "outbox_undeliverable": ((MERCHANT,), 0),
    }
