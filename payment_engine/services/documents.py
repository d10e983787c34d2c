"""How payments, attempts and refunds look to whoever asks."""

from datetime import UTC, datetime
from typing import Any

import orjson
import segno

from payment_engine.db.models import Attempt, Refund
from payment_engine.db.snapshot import Snapshot
from payment_engine.domain.declines import decline
from payment_engine.domain.money import Paise, display
from payment_engine.domain.upi import APPS, app_link
from payment_engine.engine import Engine

_CLOSED = frozenset({"paid", "cancelled", "expired"})


def format_time(at: datetime | None) -> str | None:
    """A time in RFC 3339, UTC, with milliseconds."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds")[:-6] + "Z" if at else None


def payment_document(engine: Engine, snapshot: Snapshot, *, actions: bool = True) -> dict[str, Any]:
    """The payment, for a caller (with what each live attempt needs next) or for the outbox."""
    payment, now = snapshot.payment, engine.now()
    return {
        "id": payment.id,
        "order_id": payment.order_id,
        "status": payment.status,
        **_amounts(
            amount=payment.amount,
            amount_authorized=payment.amount_authorized,
            amount_captured=payment.amount_captured,
            amount_refunded=payment.amount_refunded,
        ),
        "currency": payment.currency,
        "capture": payment.capture,
        "breakdown": [{**line, **_amounts(amount=line["amount"])} for line in payment.breakdown],
        "metadata": payment.metadata,
        "customer": {"ref": payment.customer_ref},
        "return_url": payment.return_url,
        "attempts": [
            attempt_document(engine, attempt, actions=actions) for attempt in snapshot.attempts
        ],
        "refunds": [refund_document(refund) for refund in snapshot.refunds],
        "created_at": format_time(payment.created_at),
        "expires_at": format_time(payment.expires_at),
        "server_time": format_time(now),
        "version": payment.version,
        "next_poll_in_ms": None if payment.status in _CLOSED else 2000,
        "allowed_actions": allowed_actions(snapshot, now),
    }


def allowed_actions(snapshot: Snapshot, now: datetime) -> list[str]:
    """What may be done with the payment as it stands."""
    payment = snapshot.payment
    if payment.status == "open" and now < payment.expires_at:
        return ["attempt", "cancel"]
    if payment.status == "pending":
        return ["wait", "replace", "cancel"] if now < payment.expires_at else ["wait", "cancel"]
    if payment.status == "authorized":
        return ["capture", "void"]
    return ["refund"] if any(_refundable(attempt) for attempt in snapshot.attempts) else []


def attempt_document(engine: Engine, attempt: Attempt, *, actions: bool = True) -> dict[str, Any]:
    """One attempt, with what to show next while it is live, or why it was declined."""
    return {
        "id": attempt.id,
        "status": attempt.status,
        "method": attempt.method,
        "gateway": attempt.gateway,
        "created_at": format_time(attempt.created_at),
        "next_action": _next_action(engine, attempt) if actions else None,
        "decline": _decline(engine, attempt) if attempt.status == "failed" else None,
        "rrn": attempt.rrn,
        "conflict": attempt.conflict,
        "review": attempt.review,
    }


def refund_document(refund: Refund) -> dict[str, Any]:
    """One refund, with the bank's numbers that a helpdesk asks for (RFD-4)."""
    return {
        "id": refund.id,
        "payment_id": refund.payment_id,
        "attempt_id": refund.attempt_id,
        "status": refund.status,
        **_amounts(amount=refund.amount),
        "reason": refund.reason,
        "lines": refund.lines,
        "automatic": refund.automatic,
        "arn": refund.arn,
        "rrn": refund.rrn,
        "created_at": format_time(refund.created_at),
        "settled_at": format_time(refund.settled_at),
    }


def _amounts(**paise: int) -> dict[str, Any]:
    return {
        name: value
        for field, amount in paise.items()
        for name, value in ((field, amount), (f"{field}_display", display(Paise(amount))))
    }


def _refundable(attempt: Attempt) -> bool:
    return bool(attempt.amount_captured > attempt.amount_refund_reserved)


def _decline(engine: Engine, attempt: Attempt) -> dict[str, Any]:
    code, known = decline(attempt.decline_code)
    offered = {method.value for gateway in engine.gateways.values() for method in gateway.methods}
    return {
        "code": code,
        "message_key": f"decline.{code}",
        "message": known.text.en,
        "messages": known.text._asdict(),
        "retry": known.retry,
        "money": known.money,
        "suggested_methods": [attempt.method]
        if known.retry in ("same", "wait")
        else sorted(offered - {attempt.method}),
    }


def _next_action(engine: Engine, attempt: Attempt) -> dict[str, Any] | None:
    over = engine.now() >= attempt.expires_at
    if attempt.next_action is None or not attempt.live or over:
        return None
    action: dict[str, Any] = orjson.loads(engine.sealer.open(attempt.next_action, attempt.id))
    action["expires_at"] = format_time(attempt.expires_at)
    if action["kind"] == "upi_intent":
        action["apps"] = [
            {
                "app": name,
                "label": app.label,
                "uri": app_link(action["uri"], name),
                "package": app.package,
            }
            for name, app in APPS.items()
        ]
    if action["kind"] == "upi_qr":
        action["svg"] = segno.make(action["uri"], micro=False).svg_inline(border=4, omitsize=True)
    return action
