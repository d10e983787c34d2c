"""Delivers messages to order services: signed, in order per payment, retried for 72 hours."""

from collections import Counter
from datetime import timedelta

import structlog

from payment_engine import logs, metrics
from payment_engine.db.outbox import ClaimedMessage, MessageEnd
from payment_engine.domain.events import MessageState
from payment_engine.engine import Engine
from payment_engine.services.queue.retry_schedule import next_try
from payment_engine.services.queue.runner import LEASE
from payment_engine.services.queue.signatures import sign
from payment_engine.services.queue.sinks import Failed, sink_of

GIVE_UP_AFTER = timedelta(hours=72)
"""An order service that broke on a Friday is repaired by Monday."""

_log = structlog.get_logger()


class Outbox:
    """The deliveries of one process: those of a slow shop leave room for all others."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._sink = sink_of(engine)
        self._busy: Counter[str] = Counter()

    async def claim(self, limit: int) -> list[ClaimedMessage]:
        """Lease up to ``limit`` due messages, none before an earlier one of the same payment."""
        room = self._sink.room(limit)
        if not room:
            return []
        engine = self._engine
        claimed = await engine.work.claim_messages(
            engine.now(), LEASE, room, per_shop=self._sink.per_shop, busy=self._busy
        )
        self._busy.update(message.merchant_id for message in claimed)
        return claimed

    async def deliver(self, message: ClaimedMessage) -> None:
        """Send one claimed message; what is not known to be delivered is tried again later."""
        try:
            await self._engine.message_ends.do(await self._delivered(message))
        finally:
            self._busy[message.merchant_id] -= 1
            self._busy += Counter()

    async def _delivered(self, message: ClaimedMessage) -> MessageEnd:
        logs.bind(payment=message.payment_id, message=message.id)
        if not self._sink.takes(message):
            metrics.deliveries.labels("undeliverable").inc()
            return MessageEnd(message=message, state=MessageState.UNDELIVERABLE)
        failed = await self._sink.send(sign(self._engine, message))
        if failed:
            return _failed(self._engine, message, failed)
        metrics.deliveries.labels("delivered").inc()
        now = self._engine.now()
        return MessageEnd(message=message, state=MessageState.DELIVERED, delivered_at=now)


def _failed(engine: Engine, message: ClaimedMessage, failed: Failed) -> MessageEnd:
    now = engine.now()
    dead = now - message.created_at > GIVE_UP_AFTER
    metrics.deliveries.labels("dead" if dead else "failed").inc()
    _log.warning("delivery_failed", type=message.type, error=failed.error, dead=dead)
    again = next_try(engine.settings.notify_schedule, failed.tries, now)
    state = MessageState.DEAD if dead else MessageState.READY
    return MessageEnd(message=message, state=state, run_at=again, error=failed.error)
