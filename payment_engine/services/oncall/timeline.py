"""The timeline of a payment: everything that happened to it, from every source, in order."""

from datetime import datetime
from typing import Literal

from payment_engine.db.models import AdminAction, OutboxMessage, PaymentEvent
from payment_engine.domain.calendar import IST
from payment_engine.domain.callers import Caller
from payment_engine.domain.wire import Exchange
from payment_engine.engine import Engine
from payment_engine.services.documents.base import format_time
from payment_engine.services.documents.oncall import Occurrence, TimelineOut
from payment_engine.services.documents.payment import payment_document
from payment_engine.services.lifecycle.read import visible_payment
from payment_engine.services.oncall.audit import record_reading
from payment_engine.store.gateway_log import FoundExchanges

Timed = tuple[datetime, Occurrence]


async def timeline(engine: Engine, caller: Caller, payment_id: str) -> TimelineOut:
    """The payment and everything that happened to it, in order of time. Raises NotFound.

    That it was read is in the audit log, and no part of it.

    ``raw_log`` is ``spilling`` if exchanges may be missing until MongoDB answers again, and
    ``partial`` if some are missing since there are too many to be read.
    """
    snapshot = await visible_payment(engine, caller, payment_id)
    await record_reading(engine, caller, "payment.read", payment_id, payment_id=payment_id)
    logged = await engine.raw_log.of_payment(
        payment_id, (attempt.id for attempt in snapshot.attempts), snapshot.payment.created_at
    )
    found = [
        *await _events(payment_id),
        *await _messages(payment_id),
        *await _actions(payment_id),
        *((row.at, _exchange(row)) for row in logged.exchanges),
    ]
    found.sort(key=lambda timed: timed[0])
    return {
        "payment": payment_document(engine, snapshot, actions=False),
        "raw_log": _state(engine, logged),
        "timeline": [
            {"sequence": number, "at": format_time(at), "at_ist": _format_ist(at), **occurrence}
            for number, (at, occurrence) in enumerate(found, start=1)
        ],
    }


def _state(engine: Engine, logged: FoundExchanges) -> Literal["healthy", "spilling", "partial"]:
    if not logged.complete:
        return "partial"
    return "healthy" if engine.raw_log.healthy else "spilling"


async def _events(payment_id: str) -> list[Timed]:
    rows = await PaymentEvent.filter(payment_id=payment_id).order_by("id")
    return [(row.at, _event(row)) for row in rows]


def _event(row: PaymentEvent) -> Occurrence:
    return {
        "kind": "event",
        "what": row.type,
        "source": row.source,
        "attempt_id": row.attempt_id,
        "refund_id": row.refund_id,
        "version": row.version,
        "detail": row.data,
    }


async def _messages(payment_id: str) -> list[Timed]:
    rows = await OutboxMessage.filter(payment_id=payment_id).order_by("sequence")
    return [(row.created_at, _message(row)) for row in rows]


def _message(row: OutboxMessage) -> Occurrence:
    return {
        "kind": "message",
        "what": row.type,
        "source": row.state,
        "detail": {
            "id": row.id,
            "tries": row.attempts,
            "delivered_at": format_time(row.delivered_at),
            "last_error": row.last_error,
        },
    }


async def _actions(payment_id: str) -> list[Timed]:
    rows = await AdminAction.filter(payment_id=payment_id, reading=False).order_by("id")
    return [(row.at, _action(row)) for row in rows]


def _action(row: AdminAction) -> Occurrence:
    return {
        "kind": "action",
        "what": row.action,
        "source": row.actor,
        "detail": {
            "id": row.id,
            "subject": row.subject,
            "reason": row.reason,
            "dry_run": row.dry_run,
            "outcome": row.outcome,
        },
    }


def _exchange(exchange: Exchange) -> Occurrence:
    return {
        "kind": "notice" if exchange.direction == "in" else "exchange",
        "what": f"{exchange.gateway} {exchange.operation}",
        "source": exchange.outcome,
        "attempt_id": exchange.context.get("attempt"),
        "detail": {
            "direction": exchange.direction,
            "call": f"{exchange.http_method} {exchange.path}",
            "cause": exchange.cause,
            "status": exchange.status,
            "latency_ms": exchange.latency_ms,
            "request": exchange.request,
            "response": exchange.response,
        },
    }


def _format_ist(at: datetime) -> str:
    return at.astimezone(IST).isoformat(timespec="milliseconds")
