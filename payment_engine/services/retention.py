"""Forgetting what need not be kept."""

from datetime import datetime, timedelta

import structlog
from tortoise import connections

from payment_engine.engine import Engine

_BATCH = 5000
"""Rows deleted by one statement: none holds locks for long."""
_MOST_BATCHES = 20

_DELETE = """
DELETE FROM {table} WHERE id IN (SELECT id FROM {table} WHERE {old} LIMIT $2) RETURNING 1
"""
_RULES = {
    "idempotency_key": "created_at < $1",
    "inbox_notice": "received_at < $1 AND handled_at IS NOT NULL",
    "outbox_message": "created_at < $1 AND state = 'delivered'",
    "quarantined": "received_at < $1",
}
"""What of each table is over. A notice that was never handled stays, and a message that never
reached the order service: people look at them."""

_log = structlog.get_logger()


async def sweep(engine: Engine) -> int:
    """Delete what is past its time, a batch at a time; 0, since there is no hurry for more."""
    for table, until in _until(engine).items():
        deleted = await _forget(table, until)
        if deleted:
            _log.info("forgotten", table=table, rows=deleted)
    return 0


def _until(engine: Engine) -> dict[str, datetime]:
    now, kept = engine.now(), engine.settings
    return {
        "idempotency_key": now - timedelta(hours=kept.keep_keys_hours),
        "inbox_notice": now - timedelta(days=kept.keep_notices_days),
        "outbox_message": now - timedelta(days=kept.keep_messages_days),
        "quarantined": now - timedelta(days=kept.keep_quarantined_days),
    }


async def _forget(table: str, until: datetime) -> int:
    statement = _DELETE.format(table=table, old=_RULES[table])
    total = 0
    for _ in range(_MOST_BATCHES):
        rows = await connections.get("default").execute_query_dict(statement, [until, _BATCH])
        total += len(rows)
        if len(rows) < _BATCH:
            break
    return total
