"""What a timeline is made of: events, messages, actions, and exchanges with gateways."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from payment_engine.db.models import AdminAction, InboxWebhook, OutboxMessage, PaymentEvent
from payment_engine.domain.events import EventType, MessageState
from payment_engine.domain.wire import Exchange
from payment_engine.services.documents.base import format_time
from payment_engine.services.documents.timeline import Occurrence

Timed = tuple[datetime, Occurrence]

_URGENT = frozenset(
    {
        EventType.CONFLICT,
        EventType.REVIEW,
        EventType.ATTEMPT_ILLEGAL,
        EventType.REFUND_FAILED,
        EventType.REFUND_MANUAL_REVIEW,
    }
)


async def stored_webhooks(exchanges: Iterable[Exchange]) -> Mapping[str, InboxWebhook]:
    """The stored webhooks among exchanges, by id."""
    ids = [found for each in exchanges if (found := each.context.get("webhook"))]
    rows = await InboxWebhook.filter(id__in=ids) if ids else []
    return {row.id: row for row in rows}


def event(row: PaymentEvent) -> Occurrence:
    """A line of the payment's history."""
    return {
        "kind": "event",
        "what": row.type,
        "source": row.source,
        "urgent": row.type in _URGENT,
        "attempt_id": row.attempt_id,
        "refund_id": row.refund_id,
        "version": row.version,
        "detail": row.data,
    }


def message(row: OutboxMessage) -> Occurrence:
    """A message to the order service."""
    return {
        "kind": "message",
        "what": row.type,
        "source": row.state,
        "urgent": row.state == MessageState.DEAD,
        "detail": {
            "id": row.id,
            "tries": row.attempts,
            "delivered_at": format_time(row.delivered_at),
            "last_error": row.last_error,
        },
    }


def action(row: AdminAction) -> Occurrence:
    """What a person did."""
    return {
        "kind": "action",
        "what": row.action,
        "source": row.actor,
        "urgent": False,
        "attempt_id": row.subject if row.subject.startswith("att_") else None,
        "refund_id": row.subject if row.subject.startswith("rfd_") else None,
        "detail": {
            "id": row.id,
            "subject": row.subject,
            "reason": row.reason,
            "dry_run": row.dry_run,
            "outcome": row.outcome,
        },
    }


def exchange(row: Exchange, webhooks: Mapping[str, InboxWebhook]) -> Occurrence:
    """A call to a gateway, or a webhook from one: that verified, or it would not be here."""
    webhook_id = row.context.get("webhook")
    inbound = {"webhook": _webhook_state(webhook_id, webhooks)} if webhook_id else {}
    return {
        "kind": "notice" if row.direction == "in" else "exchange",
        "what": f"{row.gateway} {row.operation}",
        "source": row.outcome,
        "urgent": False,
        "attempt_id": row.context.get("attempt"),
        "refund_id": row.context.get("refund"),
        "request_id": row.context.get("request_id"),
        "webhook_id": webhook_id,
        "detail": {
            "direction": row.direction,
            "call": f"{row.http_method} {row.path}",
            "cause": row.cause,
            "status": row.status,
            "latency_ms": row.latency_ms,
            "request": row.request,
            "response": row.response,
            **inbound,
        },
    }


def _webhook_state(webhook_id: str, webhooks: Mapping[str, InboxWebhook]) -> str:
    """What became of a webhook that verified."""
    if webhook_id not in webhooks:
        return "received before, or deleted in time"
    handled = webhooks[webhook_id].handled_at
    return f"applied at {format_time(handled)}" if handled else "stored, not applied yet"
