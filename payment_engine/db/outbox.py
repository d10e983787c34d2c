"""The outbox table: messages to order services, claimed in order, then marked as delivered or
failed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from payment_engine.db.connection import Connection, Connections
from payment_engine.domain.events import MessageState

CLAIM = """
UPDATE outbox_message SET lease_until = $1::timestamptz + $2::interval, attempts = attempts + 1
WHERE id = ANY(ARRAY(
  SELECT o.id FROM (SELECT m.id, coalesce(busy.count, 0) AS busy FROM merchant m
    LEFT JOIN unnest($5::text[], $6::int[]) AS busy(merchant_id, count) ON busy.merchant_id = m.id
    ORDER BY coalesce(busy.count, 0), random()) m
  CROSS JOIN LATERAL (SELECT o.id FROM outbox_message o
    WHERE o.merchant_id = m.id AND o.state = 'ready' AND o.run_at <= $1
      AND (o.lease_until IS NULL OR o.lease_until < $1)
      AND NOT EXISTS (SELECT FROM outbox_message earlier
        WHERE earlier.payment_id = o.payment_id AND earlier.sequence < o.sequence
          AND left(earlier.state, 5) = 'ready' OFFSET 0)
    ORDER BY o.run_at, o.id LIMIT greatest($4 - m.busy, 0)
    FOR UPDATE SKIP LOCKED) o
  LIMIT $3))
RETURNING id, merchant_id, payment_id, type, body::text AS body, attempts, created_at, lease_until,
  (SELECT notify_url FROM merchant m WHERE m.id = outbox_message.merchant_id) AS notify_url,
  (SELECT notify_sealed FROM merchant m WHERE m.id = outbox_message.merchant_id) AS secret,
  (SELECT former_notify_sealed FROM merchant m WHERE m.id = outbox_message.merchant_id)
    AS former_secret,
  (SELECT former_notify_until FROM merchant m WHERE m.id = outbox_message.merchant_id)
    AS former_until
"""
"""``left`` hides the state from the indexes of what is ready: where PostgreSQL counted rows while
nothing was, it takes each for empty and may read one whole instead of the payment's messages."""
_END = """
WITH given AS (
  SELECT * FROM unnest($1::text[], $2::timestamptz[], $3::text[], $4::timestamptz[], $5::text[],
    $6::timestamptz[]) AS g(id, lease_until, state, run_at, error, delivered_at)
), ended AS MATERIALIZED (
  SELECT g.*, o.payment_id, o.sequence, o.run_at AS due FROM outbox_message o
  JOIN given g ON g.id = o.id AND g.lease_until = o.lease_until AND left(o.state, 5) = 'ready'
  ORDER BY o.id FOR UPDATE OF o
), later AS MATERIALIZED (
  SELECT l.id, l.run_at FROM ended e CROSS JOIN LATERAL (
    SELECT o.id, CASE WHEN e.state = 'ready' THEN greatest(o.run_at, e.run_at)
      ELSE least(o.run_at, e.due) END AS run_at
    FROM outbox_message o
    WHERE o.payment_id = e.payment_id AND o.sequence > e.sequence AND left(o.state, 5) = 'ready'
      AND o.id NOT IN (SELECT id FROM ended)
    ORDER BY o.id FOR UPDATE SKIP LOCKED) l
), moved AS (
  UPDATE outbox_message o SET run_at = l.run_at FROM later l
  WHERE o.id = l.id AND o.id = ANY(ARRAY(SELECT id FROM later)) AND o.run_at <> l.run_at
)
UPDATE outbox_message o SET state = e.state, lease_until = NULL,
  run_at = coalesce(e.run_at, o.run_at), last_error = coalesce(e.error, o.last_error),
  delivered_at = e.delivered_at
FROM ended e WHERE o.id = e.id AND o.id = ANY(ARRAY(SELECT id FROM ended))
"""
"""What waits behind a message that is sent again waits as long as it, so that claims do not read
past it each time; once that one is delivered, the next is due."""


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
    lease_until: datetime
    notify_url: str | None
    secret: bytes | None = None
    """What signs it, encrypted; and what did before, until that time."""
    former_secret: bytes | None = None
    former_until: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class MessageEnd:
    """How a delivery ended. ``run_at``: when it is tried again; None if it is over."""

    message: ClaimedMessage
    state: MessageState
    run_at: datetime | None = None
    error: str | None = None
    delivered_at: datetime | None = None


async def claim(
    db: Connection,
    now: datetime,
    lease: timedelta,
    limit: int,
    *,
    per_shop: int,
    busy: Mapping[str, int],
) -> list[ClaimedMessage]:
    """Lease up to ``limit`` due messages, none before an earlier one of the same payment.

    Merchants with the fewest under way go first, so that many busy ones leave out none. At most
    ``per_shop`` of one merchant are under way at once; ``busy`` counts those that are.
    """
    values = [now, lease, limit, per_shop, list(busy), list(busy.values())]
    rows = await db.execute_query_dict(CLAIM, values)
    return [ClaimedMessage(**row) for row in rows]


async def end(db: Connections, ends: Sequence[MessageEnd]) -> list[None]:
    """Mark messages as delivered, dead or to be sent again, in one statement.

    One whose lease was taken by another worker is left to that worker.
    """
    columns = (
        [each.message.id for each in ends],
        [each.message.lease_until for each in ends],
        [each.state for each in ends],
        [each.run_at for each in ends],
        [each.error for each in ends],
        [each.delivered_at for each in ends],
    )
    await db.fetch(_END, *columns)
    return [None] * len(ends)
