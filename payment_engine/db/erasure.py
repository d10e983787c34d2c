"""Payments that still have personal data, the oldest first, along an index of theirs alone."""

from dataclasses import dataclass
from datetime import UTC, datetime

from payment_engine.db.connection import Connections

NEXT = """
SELECT id, created_at FROM payment
WHERE erased_at IS NULL AND (created_at, id) > ($1, $2) AND created_at < $3
ORDER BY created_at, id LIMIT $4
"""


@dataclass(frozen=True)
class Position:
    """A payment on the way through them all."""

    created_at: datetime
    id: str


START = Position(datetime(1, 1, 2, tzinfo=UTC), "")


async def next_not_erased(
    db: Connections, after: Position, until: datetime, limit: int
) -> list[Position]:
    """The next payments that were opened before a time; it locks none of them."""
    rows = await db.fetch(NEXT, after.created_at, after.id, until, limit)
    return [Position(row["created_at"], row["id"]) for row in rows]
