"""What happened to a payment, found by whatever number somebody has in hand (OPS-1, OPS-2)."""

from datetime import datetime, timedelta, timezone
from typing import Any

from tortoise import connections

from payment_engine.domain.callers import Caller
from payment_engine.domain.money import Paise, display
from payment_engine.engine import Engine
from payment_engine.models import OutboxMessage, PaymentEvent
from payment_engine.services.payments import visible
from payment_engine.services.present import moment, payment_document

IST = timezone(timedelta(hours=5, minutes=30))

_SEARCH = """
SELECT id, order_id, status, amount, created_at FROM payment
WHERE merchant_id = $1 AND id IN (
  SELECT id FROM payment WHERE merchant_id = $1 AND order_id = $2
  UNION SELECT id FROM payment WHERE id = $2
  UNION SELECT payment_id FROM attempt WHERE id = $2
  UNION SELECT payment_id FROM attempt WHERE ref = $2
  UNION SELECT payment_id FROM attempt WHERE gateway_payment_id = $2
  UNION SELECT payment_id FROM attempt WHERE rrn = $2
  UNION SELECT payment_id FROM refund WHERE id = $2
  UNION SELECT payment_id FROM refund WHERE ref = $2)
ORDER BY created_at DESC LIMIT 50
"""


async def search(caller: Caller, wanted: str) -> list[dict[str, Any]]:
    """Payments by order, payment, attempt or refund id, reference, gateway id or RRN."""
    rows = await connections.get("default").execute_query_dict(
        _SEARCH, [caller.merchant_id, wanted]
    )
    return [
        {
            "id": row["id"],
            "order_id": row["order_id"],
            "status": row["status"],
            "amount": row["amount"],
            "amount_display": display(Paise(row["amount"])),
            "created_at": moment(row["created_at"]),
        }
        for row in rows
    ]


async def timeline(engine: Engine, caller: Caller, payment_id: str) -> dict[str, Any]:
    """The payment and one list of all that happened to it, in order of time."""
    snapshot = await visible(caller, payment_id)
    found = [
        *await _history(payment_id),
        *await _messages(payment_id),
        *await _exchanges(engine, payment_id),
    ]
    found.sort(key=lambda one: one[0])
    return {
        "payment": payment_document(engine, snapshot, actions=False),
        "timeline": [
            {"sequence": place, "at": moment(at), "at_ist": _ist(at), "kind": kind, **what}
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
                    "delivered_at": moment(row.delivered_at),
                    "last_error": row.last_error,
                },
            },
        )
        for row in rows
    ]


async def _exchanges(engine: Engine, payment_id: str) -> list[Happened]:
    rows = await engine.raw_log.exchanges(payment=payment_id)
    return [
        (
            row["at"],
            "exchange",
            {
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
            },
        )
        for row in rows
    ]


def _ist(at: datetime) -> str:
    return at.astimezone(IST).isoformat(timespec="milliseconds")
