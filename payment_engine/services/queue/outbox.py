"""What we owe the order service: signed, in order for each payment, retried for 72 hours."""

import base64
import hashlib
import hmac
from datetime import datetime, timedelta
from typing import Any

import orjson
import structlog
from tortoise import connections

from payment_engine import logs, metrics
from payment_engine.db.models import OutboxMessage
from payment_engine.domain.gateway import GatewayFailure
from payment_engine.engine import Engine
from payment_engine.services.access.merchants import notify_secret
from payment_engine.services.queue.jobs import LEASE
from payment_engine.services.queue.retry_schedule import next_try

GIVE_UP_AFTER = timedelta(hours=72)
"""A Friday fault of the order service is mended by Monday."""

_log = structlog.get_logger()

_CLAIM = """
UPDATE outbox_message SET lease_until = $1::timestamptz + $2::interval, attempts = attempts + 1
WHERE id IN (
  SELECT o.id FROM outbox_message o
  WHERE o.state = 'ready' AND o.run_at <= $1 AND (o.lease_until IS NULL OR o.lease_until < $1)
    AND NOT EXISTS (SELECT 1 FROM outbox_message earlier
      WHERE earlier.payment_id = o.payment_id AND earlier.sequence < o.sequence
        AND earlier.state = 'ready')
  ORDER BY o.run_at, o.id LIMIT $3 FOR UPDATE OF o SKIP LOCKED)
RETURNING id, merchant_id, payment_id, type, body::text AS body, attempts, created_at,
  (SELECT notify_url FROM merchant m WHERE m.id = outbox_message.merchant_id) AS notify_url
"""


async def claim(engine: Engine, most: int) -> list[dict[str, Any]]:
    """Take up to ``most`` due messages, never one before an earlier one of its payment."""
    values = [engine.now(), LEASE, most]
    return list(await connections.get("default").execute_query_dict(_CLAIM, values))


async def deliver(engine: Engine, message: dict[str, Any]) -> None:
    """Send one claimed message; anything but a 2xx answer is tried again later."""
    logs.bind(payment=message["payment_id"], message=message["id"])
    error = await _send(engine, message) if message["notify_url"] else None
    now = engine.now()
    if error is None:
        metrics.deliveries.labels("delivered").inc()
        await _write(message, state="delivered", delivered_at=now, lease_until=None)
        return
    dead = now - message["created_at"] > GIVE_UP_AFTER
    metrics.deliveries.labels("dead" if dead else "failed").inc()
    _log.warning("delivery_failed", type=message["type"], error=error, dead=dead)
    again = next_try(engine.settings.notify_schedule, message["attempts"], now)
    state = "dead" if dead else "ready"
    await _write(message, state=state, run_at=again, last_error=error, lease_until=None)


def signed_headers(secret: str, message_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """Standard Webhooks headers: the id, the time and an HMAC-SHA256 over both and the body."""
    timestamp = str(int(at.timestamp()))
    key = base64.b64decode(secret.removeprefix("whsec_"))
    content = f"{message_id}.{timestamp}.".encode() + body
    signature = base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
    return {
        "content-type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": f"v1,{signature}",
    }


async def _send(engine: Engine, message: dict[str, Any]) -> str | None:
    body = orjson.dumps(orjson.loads(message["body"]))
    secret = notify_secret(engine.sealer, message["merchant_id"])
    try:
        answer = await engine.shop.send(
            "notify",
            "POST",
            message["notify_url"],
            headers=signed_headers(secret, message["id"], engine.now(), body),
            allow=frozenset({"type", "sequence", "id", "order_id", "status"}),
            content=body,
            expect_json=False,
        )
    except GatewayFailure as failure:
        return type(failure).__name__
    return None if answer.status < 300 else f"status {answer.status}"


async def _write(message: dict[str, Any], **columns: Any) -> None:
    await OutboxMessage.filter(id=message["id"]).update(**columns)
