"""Plans of the statements that load and commit: none reads a large table from end to end.

A statement is planned once for each connection, which may be while the tables are empty and
before PostgreSQL has counted a row: the plan must be right then, too.
"""

import json
from collections.abc import AsyncIterator, Iterator
from typing import Any, get_args

import asyncpg
import pytest

from payment_engine.db.commit_statement import (
    CHANGE_PARAMETERS,
    EXTRA_PARAMETERS,
    OPEN_PARAMETERS,
    change_statement,
    open_statement,
)
from payment_engine.db.load_statement import VERSIONS, load_statement
from payment_engine.db.message_lists import EVERY, FAILED, REDELIVER
from payment_engine.db.methods_context import METHODS_CONTEXT
from payment_engine.db.payment_pages import PAGE
from payment_engine.db.payment_store import OF_ORDER
from payment_engine.domain.store import Find
from tests.db.changes import MERCHANT

LARGE = {
    *("payment", "attempt", "refund", "payment_event"),
    *("idempotency_key", "job", "outbox_message", "inbox_notice"),
}
PAYMENTS = 50_000
BATCH = 64

_FILL = f"""
SET session_replication_role = replica;
INSERT INTO payment (id, merchant_id, order_id, status, amount, currency, breakdown, metadata,
    customer_ref, customer, return_url, capture, created_at, expires_at)
  SELECT 'pay_' || lpad(n::text, 20, '0'), '{MERCHANT}', 'order-' || n, 'open', 100, 'INR', '[]',
    '{{}}', 'customer-' || n / 4, '', '', 'automatic', now() - n * interval '1 ms',
    now() + interval '1 hour' FROM generate_series(1, {PAYMENTS}) n;
INSERT INTO attempt (id, payment_id, number, ref, gateway, method, status, amount, currency,
    created_at, expires_at, gateway_payment_id)
  SELECT 'att' || substr(id, 4), id, 1, substr(id, 5), 'juspay', 'card', 'pending', amount,
    currency, created_at, expires_at, 'chg' || substr(id, 4) FROM payment;
INSERT INTO refund (id, payment_id, attempt_id, ref, amount, status, reason, lines,
    created_at)
  SELECT 'rfd' || substr(id, 4), id, 'att' || substr(id, 4), substr(id, 5), 1, 'pending', 'x', '[]',
    created_at FROM payment;
INSERT INTO payment_event (payment_id, version, type, source, data, at)
  SELECT id, 1, 'payment.opened', 'caller', '{{}}', created_at FROM payment;
INSERT INTO idempotency_key (merchant_id, key, fingerprint, resource_id, created_at)
  SELECT merchant_id, 'key-' || id, '', id, created_at FROM payment;
INSERT INTO job (kind, subject, run_at, attempts, created_at)
  SELECT 'expire_payment', id, expires_at, 0, created_at FROM payment;
INSERT INTO outbox_message (id, merchant_id, payment_id, sequence, type, body, state, attempts,
    run_at, created_at)
  SELECT 'msg' || substr(id, 4), merchant_id, id, 1, 'x', '{{}}', 'ready', 0, created_at, created_at
  FROM payment;
SET session_replication_role = DEFAULT;
"""  # noqa: S608 - constants of this module


def an_id(prefix: str, number: int) -> str:
    return f"{prefix}_{number:020}"


def loads(find: str, count: int) -> list[str]:
    """The arrays of a load of ``count`` payments, as literals."""
    prefix = {"payment": "pay", "attempt": "att", "refund": "rfd", "charge": "chg"}[find]
    numbers = range(1, count + 1)
    ids = ",".join(an_id(prefix, number) for number in numbers)
    keys = ",".join(f"key-{number}" for number in numbers)
    merchants = ",".join(MERCHANT for _ in numbers)
    times = ",".join('"2026-01-01 00:00:00+00"' for _ in numbers)
    hashes = ",".join("00ff" for _ in numbers)
    arrays = (ids, merchants, keys, times, times, hashes, hashes)
    return [f"'{{{each}}}'" for each in arrays]


def documents(count: int) -> str:
    """An array of ``count`` documents, as a literal; columns that are not there are NULL."""
    rows = [{"n": n, "payment_id": an_id("pay", n + 1), "expected": 1} for n in range(count)]
    return f"'{json.dumps(rows)}'"


def statements(count: int) -> Iterator[tuple[str, str, list[str], list[str]]]:
    """Each statement with the types and the values of its parameters, for a batch of a size."""
    arrays = ["text[]", "text[]", "text[]", "timestamptz[]", "timestamptz[]"]
    arrays += ["text[]", "text[]"]
    for find in get_args(Find):
        yield f"load {find}", load_statement(find), arrays[:3], loads(find, count)[:3]
    yield "versions", VERSIONS, arrays[:1], loads("payment", count)[:1]
    times = ["'2026-01-01'", "'2026-01-01'"]
    typed = ["text[]", "timestamptz", "timestamptz"]
    yield "methods", METHODS_CONTEXT, typed, [*loads("payment", count)[:1], *times]
    attempt = load_statement("payment", for_attempt=True)
    yield "load for an attempt", attempt, arrays, loads("payment", count)
    for name, statement, parameters in (
        ("change", change_statement(extras=False), CHANGE_PARAMETERS),
        (
            "change with extras",
            change_statement(extras=True),
            (*CHANGE_PARAMETERS, *EXTRA_PARAMETERS),
        ),
        ("open", open_statement(), OPEN_PARAMETERS),
    ):
        types = ["jsonb"] * len(parameters)
        yield name, statement, types, [documents(count)] * len(parameters)
    yield from lists()


def lists() -> Iterator[tuple[str, str, list[str], list[str]]]:
    """The pages that an order service reads."""
    merchant, early, late = f"'{MERCHANT}'", "'2020-01-01T00:00:00Z'", "'2100-01-01T00:00:00Z'"
    after, types = [merchant, "0", "''", "0", "50"], ["text", "bigint", "text", "int", "int"]
    yield "messages", EVERY, types, after
    yield "failed messages", FAILED, [*types, "text"], [*after, "'dead'"]
    times = ["timestamptz"] * 3
    values = [merchant, "'{dead}'", early, late, early, "50"]
    yield "redeliver", REDELIVER, ["text", "text[]", *times, "int"], values
    values = [merchant, early, "''", late, "50"]
    yield "payments", PAGE, ["text", "timestamptz", "text", "timestamptz", "int"], values
    yield "payments of an order", OF_ORDER, ["text", "text"], [merchant, "'order-7'"]


def scans(plan: dict[str, Any]) -> Iterator[str]:
    """What a plan reads from end to end: a large table, or an index of one without a condition; or
    two indexes of one table, of which one would do."""
    table, kind = plan.get("Relation Name"), plan["Node Type"]
    indexed = kind in ("Index Scan", "Index Only Scan") and "Index Cond" in plan
    if table in LARGE and kind != "ModifyTable" and not indexed and kind != "Bitmap Heap Scan":
        yield f"{kind} of {table}"
    if kind == "BitmapAnd":
        yield " and ".join(part["Index Name"] for part in plan["Plans"])
    for part in plan.get("Plans", ()):
        yield from scans(part)


async def found_scans(connection: asyncpg.Connection, count: int) -> list[str]:
    """The scans of all statements, in the plan for any values and in the one for these values."""
    found = []
    for mode in ("force_generic_plan", "force_custom_plan"):
        await connection.execute(f"SET plan_cache_mode = {mode}")
        for name, statement, types, values in statements(count):
            await connection.execute(f"PREPARE planned ({', '.join(types)}) AS {statement}")
            text = await connection.fetchval(
                f"EXPLAIN (FORMAT JSON) EXECUTE planned ({', '.join(values)})"
            )
            await connection.execute("DEALLOCATE planned")
            [explained] = json.loads(text)
            found += [f"{name}, {mode}: {scan}" for scan in scans(explained["Plan"])]
    return found


@pytest.fixture
async def connection(fresh_database: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(fresh_database, statement_cache_size=0)
    yield connection
    await connection.close()


async def test_no_statement_scans_a_table_that_was_empty_when_it_was_planned(
    connection: asyncpg.Connection,
) -> None:
    assert await found_scans(connection, 1) == []
    assert await found_scans(connection, BATCH) == []


async def test_no_statement_scans_a_table_of_many_rows_counted_or_not(
    connection: asyncpg.Connection,
) -> None:
    await connection.execute(_FILL)
    assert await found_scans(connection, BATCH) == []
    await connection.execute("ANALYZE")
    assert await found_scans(connection, 1) == []
    assert await found_scans(connection, BATCH) == []


async def test_a_scan_would_be_found(connection: asyncpg.Connection) -> None:
    text = await connection.fetchval("EXPLAIN (FORMAT JSON) SELECT * FROM job WHERE attempts = 3")
    assert list(scans(json.loads(text)[0]["Plan"])) == ["Seq Scan of job"]
