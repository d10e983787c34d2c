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
  SELECT d.days, a.gateway, a.method, a.choice, a.status, a.decline_code, a.created_at, a.settled_at
  FROM unnest($2::int[]) AS d(days) CROSS JOIN LATERAL (
    SELECT * FROM attempt
    WHERE created_at <= now() - make_interval(days => d.days)
      AND created_at > now() - make_interval(days => d.days, hours => 1)
    ORDER BY created_at DESC, id DESC LIMIT $3) a
  JOIN payment p ON p.id = a.payment_id AND p.merchant_id = $1
)
SELECT days, gateway, method, choice AS provider, status,
  coalesce(decline_code, '') AS decline_code, count(*)::int AS attempts,
  max(coalesce(settled_at, created_at)) AS last_at,
  percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (
    ORDER BY extract(epoch FROM settled_at - created_at)) AS seconds
FROM hour GROUP BY GROUPING SETS ((days, gateway, method, status, decline_code),
  (days, choice, method, status, decline_code))
HAVING gateway IS NOT NULL OR choice IS NOT NULL
"""
_VERSIONS = """
SELECT current_setting('server_version') AS postgresql,
  (SELECT max(name) FROM tortoise_migrations WHERE app = 'engine') AS migration
"""

_SERIES = """
WITH latest AS MATERIALIZED (
  SELECT payment_id, status, decline_code, created_at, settled_at FROM attempt
  WHERE created_at > now() - make_interval(mins => $2)
    AND ($4::text IS NULL OR gateway = $4) AND ($5::text IS NULL OR method = $5)
  ORDER BY created_at DESC, id DESC LIMIT $3
)
SELECT date_bin(make_interval(mins => $6), l.created_at, timestamptz '2000-01-01') AS at, l.status,
  coalesce(l.decline_code, '') AS decline_code, count(*)::int AS attempts,
  percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (
    ORDER BY extract(epoch FROM l.settled_at - l.created_at)) AS seconds
FROM latest l JOIN payment p ON p.id = l.payment_id AND p.merchant_id = $1
GROUP BY 1, 2, 3 ORDER BY 1
"""


@dataclass(frozen=True)
class Ended:
    """Attempts of one hour that came to the same end: ``days`` ago, in number, and the last one.

    Counted twice: by ``gateway``, and by ``provider``, the bank, UPI app or wallet; the other is
    None.
    ``seconds``: half of them were decided within the first number, 95 % within the second.
    """

    days: int
    gateway: str | None
    method: str
    provider: str | None
    status: str
    decline_code: str
    attempts: int
    last_at: datetime
    seconds: Sequence[float] | None


async def read_hours(db: Connection, merchant_id: str) -> list[Ended]:
    """The last hour, and the same one of other days; reads at most 5,000 attempts of each."""
    rows = await db.execute_query_dict(_READ, [merchant_id, list(DAYS), MOST])
    return [Ended(**row) for row in rows]


@dataclass(frozen=True)
class Interval:
    """Attempts that were started within one interval and ended alike."""

    at: datetime
    status: str
    decline_code: str
    attempts: int
    seconds: Sequence[float] | None


async def read_intervals(
    db: Connection,
    merchant_id: str,
    *,
    minutes: int,
    every: int,
    gateway: str | None,
    method: str | None,
) -> list[Interval]:
    """The attempts of the last ``minutes``, in intervals of ``every`` minutes; reads at most the
    latest 5,000."""
    values = [merchant_id, minutes, MOST, gateway, method, every]
    rows = await db.execute_query_dict(_SERIES, values)
    return [Interval(**row) for row in rows]


async def read_versions(db: Connection) -> dict[str, str]:
    """What the database runs, and the last migration that it has."""
    return dict((await db.execute_query_dict(_VERSIONS))[0])
