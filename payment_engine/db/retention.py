"""Deleting rows whose time is over, in batches that hold no lock for long."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from payment_engine.db.connection import Connection
from payment_engine.db.timeouts import ALLOW_LONG

ExpiringTable = Literal[
    "idempotency_key", "inbox_notice", "outbox_message", "quarantined", "process"
]

_DELETE = """
DELETE FROM {table} WHERE id IN (SELECT id FROM {table} WHERE {old} LIMIT $2) RETURNING 1
"""
_RULES: Mapping[ExpiringTable, str] = {
    "idempotency_key": "created_at < $1",
    "inbox_notice": "received_at < $1 AND handled_at IS NOT NULL",
    "outbox_message": "created_at < $1 AND state = 'delivered'",
    "quarantined": "received_at < $1",
    "process": "heartbeat_at < $1",
}
"""Which rows may go. A webhook that was never handled stays, and a message that never reached the
order service: a person must look at them."""


async def delete_older(db: Connection, table: ExpiringTable, until: datetime, limit: int) -> int:
    """Delete up to ``limit`` rows older than ``until``; how many there were."""
    statement = _DELETE.format(table=table, old=_RULES[table])
    async with db._in_transaction() as tx:
        await tx.execute_query(ALLOW_LONG)
        return len(await tx.execute_query_dict(statement, [until, limit]))
