"""Deleting rows whose time is over, in batches that hold no lock for long."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from payment_engine.db.connection import Connection
from payment_engine.db.timeouts import ALLOW_LONG

ExpiringTable = Literal[
    "idempotency_key",
    "inbox_notice",
    "outbox_message",
    "given_up_message",
    "quarantined",
    "card_token",
    "saved_card",
    "linked_wallet",
    "process",
    "rate_count",
]
"""What leaves: the old rows of a table, or some of them."""

_DELETE = """
DELETE FROM {table} WHERE ctid = ANY(ARRAY(SELECT ctid FROM {table} WHERE {old}
  ORDER BY {time} LIMIT $2 FOR UPDATE SKIP LOCKED))
"""
_COUNTED = "WITH gone AS ({delete} RETURNING 1) SELECT count(*)::int AS count FROM gone"


@dataclass(frozen=True)
class _Rule:
    """The column of a row's time, which has an index, and what must be true of it besides;
    ``table`` where it is not the name of what leaves."""

    time: str
    ended: str = "true"
    table: str | None = None


_DELETED_CARD = "SELECT FROM saved_card c WHERE c.id = card_id AND c.state = 'deleted'"
_AT_A_GATEWAY = "SELECT FROM card_token t WHERE t.card_id = saved_card.id"
_RULES: Mapping[ExpiringTable, _Rule] = {
    "idempotency_key": _Rule("created_at"),
    "inbox_notice": _Rule("received_at", "handled_at IS NOT NULL"),
    "outbox_message": _Rule("created_at", "state IN ('delivered', 'undeliverable')"),
    "given_up_message": _Rule("created_at", "state = 'dead'", "outbox_message"),
    "quarantined": _Rule("received_at"),
    "card_token": _Rule("checked_at", f"state = 'deleted' AND EXISTS ({_DELETED_CARD})"),
    "saved_card": _Rule("ended_at", f"state = 'deleted' AND NOT EXISTS ({_AT_A_GATEWAY})"),
    "linked_wallet": _Rule("ended_at", "state NOT IN ('started','linked')"),
    "process": _Rule("heartbeat_at"),
    "rate_count": _Rule("until"),
}
"""Which rows may go. A webhook that was never handled stays: a person must look at it."""


async def delete_older(db: Connection, table: ExpiringTable, until: datetime, limit: int) -> int:
    """Delete up to ``limit`` rows older than ``until``, the oldest first; how many there were.

    It waits for nobody: a row that is locked stays for the next time.
    """
    async with db._in_transaction() as tx:
        await tx.execute_query(ALLOW_LONG)
        rows = await tx.execute_query_dict(delete_statement(table), [until, limit])
    return int(rows[0]["count"])


def delete_statement(table: ExpiringTable) -> str:
    """Takes the time before which rows go, and how many at most."""
    rule = _RULES[table]
    name = rule.table or table
    old = f"{rule.time} < $1 AND {rule.ended}"
    return _COUNTED.format(delete=_DELETE.format(table=name, old=old, time=rule.time))
