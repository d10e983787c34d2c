"""The statements that write changes of payments: one statement, one commit, for a whole batch.

Each parameter is a JSON array of documents; ``n`` is a change's number in its batch. Every write
joins the changes that passed all guards by that number and never a table: rows that a statement
writes are invisible within it. CTEs run in no guaranteed order, so each table is written by one
upsert, whose rows are in an order that all batches share.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache

from tortoise.models import Model

from payment_engine.db.columns import Column, columns_of
from payment_engine.db.models import (
    Attempt,
    Consent,
    IdempotencyKey,
    InboxWebhook,
    Job,
    OutboxMessage,
    Payment,
    PaymentEvent,
    Refund,
)

CHANGE_PARAMETERS = (
    *("changes", "claims", "payments", "attempts", "refunds", "events", "messages"),
    *("jobs", "withdrawn", "answers", "webhooks"),
)
"""The documents of the statement that changes payments, in the order of its parameters."""
EXTRA_PARAMETERS = ("limits", "links", "used", "consents")
"""Those of the changes that also carry rarer guards and marks."""
OPEN_PARAMETERS = ("changes", "claims", "payments", "events", "messages", "jobs")
"""The documents of the statement that opens payments."""

_CHANGE = """change AS MATERIALIZED (
  SELECT * FROM jsonb_to_recordset($1) AS x(n int, payment_id text, expected bigint,
    merchant_id text, key text, gateway text, event_id text))"""

_LOCKED = """locked AS MATERIALIZED (
  SELECT x.n FROM (SELECT * FROM change ORDER BY payment_id OFFSET 0) x
  CROSS JOIN LATERAL (SELECT p.id FROM payment p
    WHERE p.id = x.payment_id AND p.revision = x.expected FOR NO KEY UPDATE SKIP LOCKED) p)"""

_LIMITED = """limit_guard AS MATERIALIZED (
  SELECT * FROM jsonb_to_recordset($12) AS x(n int, merchant_id text, customer_ref text,
    expected int)
), limited AS MATERIALIZED (
  SELECT x.n, c.id FROM (SELECT limit_guard.* FROM limit_guard JOIN locked USING (n)
    ORDER BY merchant_id, customer_ref OFFSET 0) x
  CROSS JOIN LATERAL (SELECT c.id FROM customer_config c
    WHERE c.merchant_id = x.merchant_id AND c.customer_ref = x.customer_ref
      AND c.usage_revision = x.expected FOR NO KEY UPDATE SKIP LOCKED) c)"""

_LINKED = """link_guard AS MATERIALIZED (
  SELECT * FROM jsonb_to_recordset($13) AS x(n int, wallet_id text, ended_at timestamptz)
), linked AS MATERIALIZED (
  SELECT x.n, w.id, x.ended_at FROM (SELECT link_guard.* FROM link_guard JOIN locked USING (n)
    ORDER BY wallet_id OFFSET 0) x
  CROSS JOIN LATERAL (SELECT w.id FROM linked_wallet w
    WHERE w.id = x.wallet_id AND w.state = 'linked' FOR NO KEY UPDATE SKIP LOCKED) w)"""

_GUARDED = """guarded AS MATERIALIZED (
  SELECT change.* FROM change JOIN locked USING (n)
  WHERE NOT EXISTS (SELECT FROM limit_guard g WHERE g.n = change.n
      AND g.n NOT IN (SELECT n FROM limited))
    AND NOT EXISTS (SELECT FROM link_guard g WHERE g.n = change.n
      AND g.n NOT IN (SELECT n FROM linked)))"""
_GUARDED_BY_REVISION = (
    """guarded AS MATERIALIZED (SELECT change.* FROM change JOIN locked USING (n))"""
)

_PASSED = """passed AS MATERIALIZED (
  SELECT x.n FROM guarded x
  WHERE (x.key IS NULL OR EXISTS (SELECT FROM claimed c
      WHERE (c.merchant_id, c.key) = (x.merchant_id, x.key)))
    AND (x.event_id IS NULL OR EXISTS (SELECT FROM received r
      WHERE (r.gateway, r.event_id) = (x.gateway, x.event_id))))"""

_LIMITS_MOVED = """limits_moved AS (
  UPDATE customer_config SET usage_revision = usage_revision + 1
  WHERE id = ANY(ARRAY(SELECT l.id FROM limited l JOIN passed USING (n))))"""
_LINK_ENDED = """link_ended AS (
  UPDATE linked_wallet SET state = 'expired', sealed = NULL, balance = NULL, balance_at = NULL,
    ended_at = (SELECT min(l.ended_at) FROM linked l WHERE l.id = linked_wallet.id)
  WHERE id = ANY(ARRAY(SELECT l.id FROM linked l JOIN passed USING (n))))"""
_WITHDRAWN = """needless AS MATERIALIZED (
  SELECT j.id FROM (SELECT x.* FROM jsonb_to_recordset($9) AS x(n int, kind text, subject text)
    JOIN passed USING (n) ORDER BY kind, subject OFFSET 0) x
  CROSS JOIN LATERAL (SELECT j.id FROM job j
    WHERE j.kind = x.kind AND j.subject = x.subject FOR UPDATE) j
), withdrawn AS (
  DELETE FROM job WHERE id = ANY(ARRAY(SELECT id FROM needless))
    AND id BETWEEN (SELECT min(id) FROM needless) AND (SELECT max(id) FROM needless))"""
"""The range changes nothing but the plan: with it, a plan for an empty table uses the key, too."""

_JOB_CONFLICT = """(kind, subject) DO UPDATE SET run_at = least(job.run_at, excluded.run_at),
    attempts = 0, held_at = NULL, gateway = coalesce(excluded.gateway, job.gateway)"""
_ANSWER_CONFLICT = """(merchant_id, key) DO UPDATE SET resource_id = excluded.resource_id,
    process_id = excluded.process_id, created_at = excluded.created_at,
    status_code = excluded.status_code, response = excluded.response
    WHERE idempotency_key.response IS NULL"""

_IN_TURN = """greatest(x.run_at, (SELECT max(o.run_at) FILTER (WHERE o.state = 'ready')
    FROM outbox_message o WHERE o.payment_id = x.payment_id AND o.sequence < x.sequence))"""
"""A message is due no earlier than those of its payment that wait to be sent again."""

_CHANGE_OUTCOME = """SELECT n, CASE{ended}
    WHEN n NOT IN (SELECT n FROM guarded) THEN 'faster'
    WHEN n IN (SELECT n FROM passed) THEN 'written'
    WHEN key IS NOT NULL THEN 'key_taken'
    ELSE 'event_taken' END AS outcome
FROM change"""

_ENDED_OUTCOME = """
    WHEN n IN (SELECT n FROM locked) AND EXISTS (SELECT FROM link_guard g WHERE g.n = change.n
      AND NOT EXISTS (SELECT FROM linked_wallet w
        WHERE w.id = g.wallet_id AND w.state = 'linked' OFFSET 0)) THEN 'link_ended'"""

_OPEN_CHANGE = """change AS MATERIALIZED (
  SELECT * FROM jsonb_to_recordset($1) AS x(n int, payment_id text, merchant_id text, key text)
), fresh AS MATERIALIZED (
  SELECT x.* FROM change x WHERE NOT EXISTS (SELECT FROM idempotency_key k
    WHERE k.merchant_id = x.merchant_id AND k.key = x.key OFFSET 0))"""
_OPEN_PASSED = """passed AS MATERIALIZED (
  SELECT fresh.n FROM fresh JOIN opened ON opened.id = fresh.payment_id)"""
_OPEN_OUTCOME = """SELECT n, CASE
    WHEN n IN (SELECT n FROM passed) THEN 'written'
    WHEN n IN (SELECT n FROM fresh) THEN 'order_taken'
    ELSE 'key_taken' END AS outcome
FROM change"""

_INSERT = """{name} AS (
  INSERT INTO {table} ({listed})
  SELECT {values} FROM jsonb_to_recordset(${parameter}) AS x({numbers}, {shape})
  WHERE x.n IN (SELECT n FROM {source})
  ORDER BY {ordered}
  {conflict})"""
_MARKED = """{table}_used AS (
  UPDATE {table} SET last_used_at = greatest(last_used_at, u.at)
  FROM jsonb_to_recordset($14) AS u(n int, id text, at timestamptz) JOIN passed USING (n)
  WHERE {table}.id = u.id AND {table}.id = ANY(ARRAY(
    SELECT t.id FROM {table} t WHERE t.id = ANY(ARRAY(
      SELECT x.id FROM jsonb_to_recordset($14) AS x(id text) WHERE x.id LIKE '{prefix}\\_%'))
    ORDER BY t.id FOR NO KEY UPDATE SKIP LOCKED)))"""

_MARKED_TABLES = {"crd": "saved_card", "vpa": "saved_vpa", "wal": "linked_wallet"}


@cache
def change_statement(*, extras: bool) -> str:
    """Writes changes of existing payments; ``extras`` adds limits, links, marks and consents."""
    guards = (_LIMITED, _LINKED, _GUARDED) if extras else (_GUARDED_BY_REVISION,)
    parts = [
        *(_CHANGE, _LOCKED, *guards),
        _insert(
            "claimed",
            IdempotencyKey,
            2,
            ("merchant_id", "key"),
            source="guarded",
            conflict="(merchant_id, key) DO NOTHING RETURNING merchant_id, key",
        ),
        _insert(
            "received",
            InboxWebhook,
            11,
            ("gateway", "event_id"),
            source="guarded",
            conflict="(gateway, event_id) DO NOTHING RETURNING gateway, event_id",
        ),
        _PASSED,
        _upsert("paid", Payment, 3, ("id",)),
        _upsert("tried", Attempt, 4, ("live::int + elected::int", "id")),
        _upsert("refunded", Refund, 5, ("id",)),
        *_followers(events=6, messages=7, jobs=8),
        _WITHDRAWN,
        _insert("answered", IdempotencyKey, 10, ("merchant_id", "key"), conflict=_ANSWER_CONFLICT),
        *(_extra_writes() if extras else ()),
    ]
    return _statement(parts, _CHANGE_OUTCOME.format(ended=_ENDED_OUTCOME if extras else ""))


@cache
def open_statement() -> str:
    """Writes new payments, except those whose key was used before or whose order has a payment.

    A key that another process takes at the same moment makes the whole batch fail.
    """
    parts = [
        _OPEN_CHANGE,
        _insert(
            "opened",
            Payment,
            3,
            ("merchant_id", "order_id"),
            source="fresh",
            conflict="DO NOTHING RETURNING id",
        ),
        _OPEN_PASSED,
        _insert("claimed", IdempotencyKey, 2, ("merchant_id", "key")),
        *_followers(events=4, messages=5, jobs=6),
    ]
    return _statement(parts, _OPEN_OUTCOME)


@cache
def add_key_statement() -> str:
    """Stores one key with its answer; a row if it was not used before."""
    claimed = _insert(
        "claimed",
        IdempotencyKey,
        1,
        ("merchant_id", "key"),
        source="given",
        conflict="(merchant_id, key) DO NOTHING RETURNING key",
    )
    return _statement(["given AS (SELECT 0 AS n)", claimed], "SELECT key FROM claimed")


def _followers(*, events: int, messages: int, jobs: int) -> Iterable[str]:
    """What is written with a payment's rows: history, messages and jobs."""
    yield _insert("noted", PaymentEvent, events, ("n", "o"), ordinal=True)
    computed = {"run_at": _IN_TURN, "transaction_id": "pg_current_xact_id()::text::bigint"}
    yield _insert("sent", OutboxMessage, messages, ("payment_id", "sequence"), values=computed)
    yield _insert("planned", Job, jobs, ("kind", "subject"), conflict=_JOB_CONFLICT)


def _extra_writes() -> Iterable[str]:
    yield _LIMITS_MOVED
    yield _LINK_ENDED
    yield from (_marked(prefix, table) for prefix, table in _MARKED_TABLES.items())
    yield _insert("agreed", Consent, 15, ("id",))


def _marked(prefix: str, table: str) -> str:
    """Remember when an instrument last paid, unless another transaction is changing it."""
    return _MARKED.format(table=table, prefix=prefix)


def _upsert(name: str, model: type[Model], parameter: int, order: Sequence[str]) -> str:
    names = (column.name for column in _written(model) if column.name != "id")
    sets = ", ".join(f"{column} = excluded.{column}" for column in names)
    return _insert(name, model, parameter, order, conflict=f"(id) DO UPDATE SET {sets}")


def _insert(
    name: str,
    model: type[Model],
    parameter: int,
    order: Sequence[str],
    *,
    source: str = "passed",
    conflict: str | None = None,
    ordinal: bool = False,
    values: Mapping[str, str] = {},
) -> str:
    """Insert the documents of the changes in ``source``, in ``order``; ``values`` are expressions
    for columns that are not stored as they are."""
    columns = _written(model)
    listed = ", ".join(column.name for column in columns)
    shape = ", ".join(f"{column.name} {column.transport}" for column in columns)
    read = ", ".join(values.get(column.name, column.read("x")) for column in columns)
    numbers = "n int, o int" if ordinal else "n int"
    ordered = ", ".join(f"x.{column}" for column in order)
    return _INSERT.format(
        name=name,
        table=model._meta.db_table,
        listed=listed,
        values=read,
        parameter=parameter,
        numbers=numbers,
        shape=shape,
        source=source,
        ordered=ordered,
        conflict=f"ON CONFLICT {conflict}" if conflict else "",
    )


def _written(model: type[Model]) -> tuple[Column, ...]:
    """The columns that a commit writes: all but ids that the database generates."""
    generated = model._meta.pk.generated
    pk = model._meta.pk.model_field_name
    return tuple(column for column in columns_of(model) if not (generated and column.name == pk))


def written_names(model: type[Model]) -> tuple[str, ...]:
    """The names of the columns that a commit writes of a model's rows."""
    return tuple(column.name for column in _written(model))


def _statement(parts: Iterable[str], outcome: str) -> str:
    return "WITH " + ",\n".join(parts) + "\n" + outcome
