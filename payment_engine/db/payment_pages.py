"""A page of a merchant's payments by time; it reads a bounded number of rows, whatever it finds."""

from dataclasses import dataclass
from datetime import datetime

from payment_engine.db.connection import Connection
from payment_engine.domain.states import PaymentStatus

MOST_READ = 1000
"""How many payments a page of one status looks at: an index on the status would have to be written
with each of its moves."""

PAGE = """
SELECT id, created_at, status FROM payment
WHERE merchant_id = $1 AND (created_at, id) > ($2, $3) AND created_at < $4
ORDER BY created_at, id LIMIT $5
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """A payment as far as a page needs it."""

    id: str
    created_at: datetime
    status: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """The payments of a page. ``last``: the last one looked at, if more may follow."""

    ids: list[str]
    last: Row | None


async def read_page(
    db: Connection,
    merchant_id: str,
    after: tuple[datetime, str],
    before: datetime,
    status: PaymentStatus | None,
    limit: int,
) -> Page:
    """The next payments after a time and id, oldest first; of one status, if one is given."""
    most = limit + 1 if status is None else MOST_READ
    rows = await db.execute_query_dict(PAGE, [merchant_id, *after, before, most])
    return _page([Row(**row) for row in rows], status, limit, most)


def _page(rows: list[Row], status: PaymentStatus | None, limit: int, most: int) -> Page:
    matching = [row for row in rows if status is None or row.status == status]
    page = matching[:limit]
    reached = page if len(matching) > limit else rows if len(rows) == most else []
    return Page(ids=[row.id for row in page], last=reached[-1] if reached else None)
