"""Delivers messages to order services: signed, in order per payment, retried for 72 hours."""

import base64
import hmac
from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta

import orjson
import structlog

from payment_engine import logs, metrics
from payment_engine.db.outbox import ClaimedMessage, MessageEnd
from payment_engine.domain.events import MessageState
from payment_engine.domain.gateway import GatewayFailure
from payment_engine.engine import Engine
from payment_engine.services.access.notify_secrets import Stored, valid_secrets
from payment_engine.services.queue.retry_schedule import next_try
from payment_engine.services.queue.runner import LEASE

MOST_PER_SHOP = 16
"""How many messages of one merchant are sent at once by one process."""
GIVE_UP_AFTER = timedelta(hours=72)
"""An order service that broke on a Friday is repaired by Monday."""

_log = structlog.get_logger()


class Outbox:
    """The deliveries of one process: those of a slow shop leave room for all others."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._busy: Counter[str] = Counter()

    async def claim(self, limit: int) -> list[ClaimedMessage]:
        """Lease up to ``limit`` due messages, none before an earlier one of the same payment."""
        engine = self._engine
        claimed = await engine.work.claim_messages(
            engine.now(), LEASE, limit, per_shop=MOST_PER_SHOP, busy=self._busy
        )
        self._busy.update(message.merchant_id for message in claimed)
        return claimed

    async def deliver(self, message: ClaimedMessage) -> None:
        """Send one claimed message; anything but a 2xx response is tried again later."""
        try:
            await self._engine.message_ends.do(await _delivered(self._engine, message))
        finally:
            self._busy[message.merchant_id] -= 1
            self._busy += Counter()


async def _delivered(engine: Engine, message: ClaimedMessage) -> MessageEnd:
    logs.bind(payment=message.payment_id, message=message.id)
    if message.notify_url is None:
        metrics.deliveries.labels("undeliverable").inc()
        return MessageEnd(message=message, state=MessageState.UNDELIVERABLE)
    error = await _send(engine, message, message.notify_url)
    now = engine.now()
    if error is None:
        metrics.deliveries.labels("delivered").inc()
        return MessageEnd(message=message, state=MessageState.DELIVERED, delivered_at=now)
    dead = now - message.created_at > GIVE_UP_AFTER
    metrics.deliveries.labels("dead" if dead else "failed").inc()
    _log.warning("delivery_failed", type=message.type, error=error, dead=dead)
    again = next_try(engine.settings.notify_schedule, message.attempts, now)
    state = MessageState.DEAD if dead else MessageState.READY
    return MessageEnd(message=message, state=state, run_at=again, error=error)


def signed_headers(
    secrets: Iterable[str], message_id: str, at: datetime, body: bytes
) -> dict[str, str]:
    """Standard Webhooks headers: the id, the time and, by each secret, an HMAC-SHA256 over both and
    the body."""
    timestamp = str(int(at.timestamp()))
    content = f"{message_id}.{timestamp}.".encode() + body
    return {
        "content-type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(_signature(secret, content) for secret in secrets),
    }


def _signature(secret: str, content: bytes) -> str:
    key = base64.b64decode(secret.removeprefix("whsec_"))
    return "v1," + base64.b64encode(hmac.digest(key, content, "sha256")).decode()


def _secrets(engine: Engine, message: ClaimedMessage) -> list[str]:
    stored = Stored(
        merchant_id=message.merchant_id,
        sealed=message.secret,
        former=message.former_secret,
        former_until=message.former_until,
    )
    return valid_secrets(engine.sealer, stored, engine.now())


async def _send(engine: Engine, message: ClaimedMessage, url: str) -> str | None:
    """What went wrong; None if the order service took it."""
    body = orjson.dumps(orjson.loads(message.body))
    try:
        response = await engine.shop.send(
            "notify",
            "POST",
            url,
            headers=signed_headers(_secrets(engine, message), message.id, engine.now(), body),
            allow=frozenset({"type", "sequence", "id", "order_id", "status"}),
            content=body,
            expect_json=False,
        )
    except GatewayFailure as failure:
        return failure.cause.value
    return None if response.status < 300 else f"status {response.status}"
