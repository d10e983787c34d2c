"""How the attempts of one merchant went lately, and at the same hour of other days."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from payment_engine.db.connection import Connection

MOST = 5000
"""Of the attempts of all merchants, as many of the latest are looked at in each hour."""
DAYS = (0, 1, 7)
"""Now, yesterday, and a week ago."""

_READ = """
WITH hour AS MATERIALIZED (
  SELECT d.days, a.gateway, a.method, a.status, a.decline_code, a.created_at, a.settled_at
  FROM unnest($2::int[]) AS d(days) CROSS JOIN LATERAL (
    SELECT * FROM attempt
    WHERE created_at <= now() - make_interval(days => d.days)
      AND created_at > now() - make_interval(days => d.days, hours => 1)
    ORDER BY created_at DESC, id DESC LIMIT $3) a
  JOIN payment p ON p.id = a.payment_id AND p.merchant_id = $1
)
SELECT days, gateway, method, status, coalesce(decline_code, '') AS decline_code,
  count(*)::int AS attempts, max(coalesce(settled_at, created_at)) AS last_at,
  percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (
    ORDER BY extract(epoch FROM settled_at - created_at)) AS seconds
FROM hour GROUP BY days, gateway, method, status, decline_code
"""


@dataclass(frozen=True)
class Ended:
    """Attempts of one hour that came to the same end: ``days`` ago, in number, and the last one.

    ``seconds``: half of them were decided within the first number, 95 % within the second.
    """

    days: int
    gateway: str
    method: str
    status: str
    decline_code: str
    attempts: int
    last_at: datetime
    seconds: Sequence[float] | None


async def read_hours(db: Connection, merchant_id: str) -> list[Ended]:
    """The last hour, and the same one of other days; reads at most 5,000 attempts of each."""
    rows = await db.execute_query_dict(_READ, [merchant_id, list(DAYS), MOST])
    return [Ended(**row) for row in rows]
