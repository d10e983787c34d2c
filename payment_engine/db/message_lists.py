"""Messages to order services as these read them: in the order of their commits, from a cursor."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from payment_engine.db.connection import Connection
from payment_engine.domain.events import MessageState

_LIST = """
SELECT id, type, state, body::text AS body, attempts, last_error, created_at, delivered_at,
  transaction_id, payment_id, sequence
FROM outbox_message
WHERE merchant_id = $1 AND (transaction_id, payment_id, sequence) > ($2, $3, $4){filter}
  AND transaction_id < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
ORDER BY transaction_id, payment_id, sequence LIMIT $5
"""
"""Transactions are numbered before they commit, and commit out of turn: the list ends before the
oldest one that is still open, so that nothing is ever written before a cursor."""

EVERY = _LIST.format(filter="")
FAILED = _LIST.format(filter=" AND state IN ('dead', 'undeliverable') AND state = $6")

REDELIVER = """
UPDATE outbox_message SET state = 'ready', attempts = 0, run_at = $5, lease_until = NULL,
  last_error = NULL
WHERE id = ANY(ARRAY(
  SELECT id FROM outbox_message
  WHERE merchant_id = $1 AND state IN ('dead', 'undeliverable') AND state = ANY($2::text[])
    AND created_at >= $3 AND created_at < $4
  ORDER BY transaction_id, payment_id, sequence LIMIT $6 FOR UPDATE SKIP LOCKED))
  AND id BETWEEN '' AND 'msg_z'
RETURNING id
"""
"""The range of ids changes nothing but the plan: one for an empty table uses the key, too."""


@dataclass(frozen=True, kw_only=True)
class StoredMessage:
    """A message with what became of it; ``attempts`` counts its deliveries."""

    id: str
    type: str
    state: MessageState
    body: dict[str, Any]
    attempts: int
    last_error: str | None
    created_at: datetime
    delivered_at: datetime | None
    transaction_id: int
    payment_id: str
    sequence: int


async def list_messages(
    db: Connection, merchant_id: str, after: tuple[int, str, int], limit: int
) -> list[StoredMessage]:
    """The next messages of a merchant in the order of their commits, those of one payment by their
    sequence."""
    rows = await db.execute_query_dict(EVERY, [merchant_id, *after, limit])
    return [_stored(row) for row in rows]


async def list_failed(
    db: Connection, merchant_id: str, after: tuple[int, str, int], limit: int, state: MessageState
) -> list[StoredMessage]:
    """The next of those that were given up (``dead``) or had no address (``undeliverable``)."""
    rows = await db.execute_query_dict(FAILED, [merchant_id, *after, limit, state.value])
    return [_stored(row) for row in rows]


async def redeliver(
    db: Connection,
    merchant_id: str,
    states: Collection[MessageState],
    created: tuple[datetime, datetime],
    now: datetime,
    limit: int,
) -> Sequence[str]:
    """Make messages of these states, created within these times, due again; their ids."""
    values = [merchant_id, [state.value for state in states], *created, now, limit]
    return [row["id"] for row in await db.execute_query_dict(REDELIVER, values)]


def _stored(row: dict[str, Any]) -> StoredMessage:
    given = {**row, "state": MessageState(row["state"]), "body": orjson.loads(row["body"])}
    return StoredMessage(**given)
