"""What happened to a payment: one list of all of it, whoever did it (OPS-2)."""

import asyncio
from datetime import datetime
from typing import Any

from payment_engine.db.models import AdminAction, OutboxMessage, PaymentEvent
from payment_engine.db.snapshot import Snapshot
from payment_engine.domain.calendar import IST
from payment_engine.domain.callers import Caller
from payment_engine.engine import Engine
from payment_engine.services.documents import format_time, payment_document
from payment_engine.services.payments import visible_payment


async def timeline(engine: Engine, caller: Caller, payment_id: str) -> dict[str, Any]:
    """The payment and one list of all that happened to it, in order of time.

    ``raw_log`` is ``spilling`` where exchanges may be missing until MongoDB answers again.
    """
    snapshot = await visible_payment(engine, caller, payment_id)
    found = [
        *await _history(payment_id),
        *await _messages(payment_id),
        *await _deeds(payment_id),
        *await _exchanges(engine, snapshot),
    ]
    found.sort(key=lambda one: one[0])
    return {
        "payment": payment_document(engine, snapshot, actions=False),
        "raw_log": "healthy" if engine.raw_log.healthy else "spilling",
        "timeline": [
            {"sequence": place, "at": format_time(at), "at_ist": _ist(at), "kind": kind, **what}
            for place, (at, kind, what) in enumerate(found, start=1)
        ],
    }


Happened = tuple[datetime, str, dict[str, Any]]


async def _history(payment_id: str) -> list[Happened]:
    rows = await PaymentEvent.filter(payment_id=payment_id).order_by("id")
    return [
        (
            row.at,
            "event",
            {
                "what": row.type,
                "source": row.source,
                "attempt_id": row.attempt_id,
                "refund_id": row.refund_id,
                "version": row.version,
                "detail": row.data,
            },
        )
        for row in rows
    ]


async def _messages(payment_id: str) -> list[Happened]:
    rows = await OutboxMessage.filter(payment_id=payment_id).order_by("sequence")
    return [
        (
            row.created_at,
            "message",
            {
                "what": row.type,
                "source": row.state,
                "detail": {
                    "id": row.id,
                    "tries": row.attempts,
                    "delivered_at": format_time(row.delivered_at),
                    "last_error": row.last_error,
                },
            },
        )
        for row in rows
    ]


async def _deeds(payment_id: str) -> list[Happened]:
    """What people on call did about it, and why."""
    rows = await AdminAction.filter(payment_id=payment_id).order_by("id")
    return [
        (
            row.at,
            "action",
            {
                "what": row.action,
                "source": row.actor,
                "detail": {
                    "id": row.id,
                    "subject": row.subject,
                    "reason": row.reason,
                    "dry_run": row.dry_run,
                    "outcome": row.outcome,
                },
            },
        )
        for row in rows
    ]


async def _exchanges(engine: Engine, snapshot: Snapshot) -> list[Happened]:
    """Calls are known by payment; what a gateway sent by itself names the attempt alone."""
    log, attempts = engine.raw_log, snapshot.attempts
    called, *told = await asyncio.gather(
        log.exchanges(payment=snapshot.payment.id),
        *(log.exchanges(attempt=attempt.id) for attempt in attempts),
    )
    notices = (row for rows in told for row in rows if "payment" not in row["context"])
    return [_exchange(row) for row in (*called, *notices)]


def _exchange(row: dict[str, Any]) -> Happened:
    what = {
        "what": f"{row['gateway']} {row['operation']}",
        "source": row["outcome"],
        "attempt_id": row["context"].get("attempt"),
        "detail": {
            "direction": row["direction"],
            "call": f"{row['http_method']} {row['path']}",
            "status": row["status"],
            "latency_ms": row["latency_ms"],
            "request": row["request"],
            "response": row["response"],
        },
    }
    return row["at"], "notice" if row["direction"] == "in" else "exchange", what


def _ist(at: datetime) -> str:
    return at.astimezone(IST).isoformat(timespec="milliseconds")
