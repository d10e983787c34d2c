"""Deletes what need not be stored any longer."""

import asyncio
from datetime import datetime, timedelta

import structlog

from payment_engine.db.history_months import NotOwner, add_months, drop_months
from payment_engine.db.retention import ExpiringTable, delete_older
from payment_engine.engine import Engine

_BATCH = 1000
"""Rows deleted by one statement, so that none holds locks for long."""
_MOST_BATCHES = 50
"""Of one table, before the next one has its turn."""

_log = structlog.get_logger()


async def sweep(engine: Engine) -> int:
    """Delete what is past its time, a batch at a time; returns how many tables have more of it.

    Nothing is deleted while this machine's clock is off.
    """
    if engine.heartbeat.clock_is_off():
        return 0
    unfinished = 0
    for table, until in _until(engine).items():
        deleted = await _delete(engine, table, until)
        unfinished += deleted == _BATCH * _MOST_BATCHES
        if deleted:
            _log.info("expired_rows_deleted", table=table, rows=deleted)
    await _turn_months(engine)
    return unfinished


async def _turn_months(engine: Engine) -> None:
    """Add the tables for the history to come, and drop those whose time is over."""
    days = engine.settings.keep_history_days
    try:
        await add_months(engine.db)
        if days:
            until = engine.now() - timedelta(days=days)
            for name in await drop_months(engine.db, until):
                _log.info("history_dropped", table=name)
    except NotOwner:
        _log.warning("history_months_not_ours", hint="let migrate run every month")


def _until(engine: Engine) -> dict[ExpiringTable, datetime]:
    now, settings = engine.now(), engine.settings
    longest = max(settings.keep_messages_days, settings.keep_personal_days)
    personal = now - timedelta(days=settings.keep_personal_days)
    return {
        "idempotency_key": now - timedelta(hours=settings.keep_keys_hours),
        "inbox_notice": now - timedelta(days=settings.keep_notices_days),
        "outbox_message": now - timedelta(days=settings.keep_messages_days),
        "given_up_message": now - timedelta(days=longest),
        "quarantined": now - timedelta(days=settings.keep_quarantined_days),
        "card_token": personal,
        "saved_card": personal,
        "linked_wallet": personal,
        "rate_count": now,
    }


async def _delete(engine: Engine, table: ExpiringTable, until: datetime) -> int:
    """Rest after each batch for as long as it took: half of the time is left to others."""
    total = 0
    for _ in range(_MOST_BATCHES):
        began = engine.monotonic()
        deleted = await delete_older(engine.db.connection, table, until, _BATCH)
        total += deleted
        if deleted < _BATCH:
            break
        await asyncio.sleep(engine.monotonic() - began)
    return total
