"""Reads payments with everything that belongs to them, to check what must be true of each.

One statement reads one page of payments, so each is read as it stood at one moment, however often
it changes meanwhile. Pages are short: no lock, transaction or statement lasts longer than one.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, TypeVar

import asyncpg
import orjson

from payment_engine.db import models
from payment_engine.db.row_documents import reader
from payment_engine.db.timeouts import ALLOW_LONG
from payment_engine.domain.commit import Event
from payment_engine.domain.ids import first_id
from payment_engine.domain.invariants import FOLLOWED_BY, Books
from payment_engine.domain.payment import Attempt, Payment, Refund, Snapshot

_CONNECTS_WITHIN = 10
"""Seconds."""
PAGE = 500
"""Payments read by one statement."""

_PAGE = """
SELECT json_build_object(
  'payment', row_to_json(p),
  'attempts', (SELECT json_agg(row_to_json(a) ORDER BY a.number) FROM attempt a
    WHERE a.payment_id = p.id),
  'refunds', (SELECT json_agg(row_to_json(r) ORDER BY r.id) FROM refund r
    WHERE r.payment_id = p.id),
  'events', (SELECT json_agg(row_to_json(e) ORDER BY e.id) FROM payment_event e
    WHERE e.payment_id = p.id),
  'sequences', (SELECT json_agg(m.sequence) FILTER (WHERE m.created_at >= $4)
    FROM outbox_message m WHERE m.payment_id = p.id),
  'swept', p.created_at < $4,
  'jobs', (SELECT json_agg(json_build_array(j.kind, j.subject)) FROM (
      SELECT a.id FROM attempt a WHERE a.payment_id = p.id
      UNION ALL SELECT r.id FROM refund r WHERE r.payment_id = p.id) own
    CROSS JOIN unnest($5::text[]) AS follow(kind)
    CROSS JOIN LATERAL (SELECT j.kind, j.subject FROM job j
      WHERE j.kind = follow.kind AND j.subject = own.id OFFSET 0) j),
  'shared_charges', (SELECT json_agg(a.id) FROM attempt a
    WHERE a.payment_id = p.id AND EXISTS (SELECT FROM attempt other
      WHERE other.gateway_payment_id = a.gateway_payment_id AND other.gateway = a.gateway
        AND other.payment_id <> a.payment_id))
)::text AS books
FROM (SELECT * FROM payment WHERE id > $1 AND ($2::timestamptz IS NULL OR created_at >= $2)
  ORDER BY id LIMIT $3) p
ORDER BY p.id
"""

Row = TypeVar("Row", Payment, Attempt, Refund, Event)


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection for reading books, which works behind a pooler too."""
    connection = await asyncpg.connect(url, statement_cache_size=0, timeout=_CONNECTS_WITHIN)
    try:
        yield connection
    finally:
        await connection.close()


async def read_books(
    connection: asyncpg.Connection,
    *,
    since: datetime | None,
    messages_since: datetime,
    page: int = PAGE,
) -> AsyncIterator[Books]:
    """The books of every payment, or of those opened at ``since`` or later, in order of id.

    Older messages than ``messages_since`` may have been deleted and are not read.
    """
    kinds, after = list(FOLLOWED_BY), first_id("pay", since) if since else ""
    while True:
        async with connection.transaction(readonly=True):
            await connection.execute(ALLOW_LONG)
            rows = await connection.fetch(_PAGE, after, since, page, messages_since, kinds)
        for row in rows:
            books = _books(orjson.loads(row["books"]))
            after = books.snapshot.payment.id
            yield books
        if len(rows) < page:
            return


def _books(document: Mapping[str, Any]) -> Books:
    return Books(
        snapshot=Snapshot(
            payment=_payment(document["payment"]),
            attempts=tuple(map(_attempt, document["attempts"] or ())),
            refunds=tuple(map(_refund, document["refunds"] or ())),
        ),
        events=tuple(map(_event, document["events"] or ())),
        sequences=_listed(document["sequences"]),
        swept=document["swept"],
        jobs={(kind, subject) for kind, subject in _listed(document["jobs"])},
        shared_charges=_listed(document["shared_charges"]),
    )


def _listed(array: Sequence[Any] | None) -> Sequence[Any]:
    """An array as PostgreSQL aggregates it: null if it is empty."""
    return array or ()


_payment = reader(Payment, models.Payment)
_attempt = reader(Attempt, models.Attempt)
_refund = reader(Refund, models.Refund)
_event = reader(Event, models.PaymentEvent)
