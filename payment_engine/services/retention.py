"""Forgetting what need not be kept."""

from datetime import datetime, timedelta

import structlog

from payment_engine.db.retention import ExpiringTable, delete_older
from payment_engine.engine import Engine

_BATCH = 5000
"""Rows deleted by one statement: none holds locks for long."""
_MOST_BATCHES = 20

_log = structlog.get_logger()


async def sweep(engine: Engine) -> int:
    """Delete what is past its time, a batch at a time; 0, since there is no hurry for more."""
    for table, until in _until(engine).items():
        deleted = await _delete(engine, table, until)
        if deleted:
            _log.info("forgotten", table=table, rows=deleted)
    return 0


def _until(engine: Engine) -> dict[ExpiringTable, datetime]:
    now, kept = engine.now(), engine.settings
    return {
        "idempotency_key": now - timedelta(hours=kept.keep_keys_hours),
        "inbox_notice": now - timedelta(days=kept.keep_notices_days),
        "outbox_message": now - timedelta(days=kept.keep_messages_days),
        "quarantined": now - timedelta(days=kept.keep_quarantined_days),
    }


async def _delete(engine: Engine, table: ExpiringTable, until: datetime) -> int:
    total = 0
    for _ in range(_MOST_BATCHES):
        deleted = await delete_older(engine.db.connection, table, until, _BATCH)
        total += deleted
        if deleted < _BATCH:
            break
    return total
