"""The outbox table: messages to order services, claimed in order, then marked as delivered or
failed."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from payment_engine.db.connection import Connection
from payment_engine.db.models import OutboxMessage
from payment_engine.domain.events import MessageState

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


@dataclass(frozen=True, kw_only=True)
class ClaimedMessage:
    """A message under this worker's lease; ``body`` is JSON, ``attempts`` counts this one too.

    ``notify_url`` is its merchant's address; None if the merchant gave none.
    """

    id: str
    merchant_id: str
    payment_id: str
    type: str
    body: str
    attempts: int
    created_at: datetime
    notify_url: str | None


async def claim(
    db: Connection, now: datetime, lease: timedelta, limit: int
) -> list[ClaimedMessage]:
    """Lease up to ``limit`` due messages, none before an earlier one of the same payment."""
    rows = await db.execute_query_dict(_CLAIM, [now, lease, limit])
    return [ClaimedMessage(**row) for row in rows]


async def mark_delivered(db: Connection, message: ClaimedMessage, at: datetime) -> None:
    """Mark a message as delivered."""
    row = OutboxMessage.filter(id=message.id).using_db(db)
    await row.update(state=MessageState.DELIVERED, delivered_at=at, lease_until=None)


async def mark_failed(
    db: Connection, message: ClaimedMessage, again: datetime, error: str, *, dead: bool
) -> None:
    """Mark a message to be sent again at ``again``, or never again (``dead``)."""
    row = OutboxMessage.filter(id=message.id).using_db(db)
    state = MessageState.DEAD if dead else MessageState.READY
    await row.update(state=state, run_at=again, last_error=error, lease_until=None)
