"""Banks, UPI apps and wallets that are down: one open row each, which all processes share; a row
that has ended is history."""

from datetime import datetime

from payment_engine.db.connection import Connection
from payment_engine.domain.downtime import PROBE_EVERY, WINDOW, End, Provider, end_of
from payment_engine.domain.states import AttemptStatus

MOST = 10_000
"""Of the attempts of all, as many of the latest are looked at."""

ENDS = """
SELECT a.at, a.status, a.decline_code, p.merchant_id || ' ' || p.customer_ref AS customer
FROM (SELECT payment_id, method, choice, status, decline_code,
    coalesce(settled_at, created_at) AS at FROM attempt
  ORDER BY created_at DESC, id DESC LIMIT $4) a
JOIN payment p ON p.id = a.payment_id
WHERE a.method = $1 AND a.choice = $2 AND a.status NOT IN ('created', 'pending', 'voided')
  AND a.at > greatest($3, (SELECT max(ended_at) FROM downtime d
    WHERE d.method = $1 AND d.provider = $2))
ORDER BY a.at
"""
"""Nothing that ended before the last downtime did counts again."""
_BEGIN = """
INSERT INTO downtime (method, provider, since, probe_at) VALUES ($1, $2, $3, $3::timestamptz + $4)
ON CONFLICT (method, provider) WHERE ended_at IS NULL DO NOTHING RETURNING id
"""
_PROBE = """
UPDATE downtime SET probe_at = $3::timestamptz + $4
WHERE method = $1 AND provider = $2 AND ended_at IS NULL AND probe_at <= $3 RETURNING id
"""
_END = """
UPDATE downtime SET ended_at = $3
WHERE method = $1 AND provider = $2 AND ended_at IS NULL RETURNING id
"""


async def provider_ends(db: Connection, provider: Provider, now: datetime) -> list[End]:
    """How the latest attempts through a provider ended, whichever process learned it."""
    rows = await db.execute_query_dict(ENDS, [*provider, now - WINDOW, MOST])
    found = (
        end_of(AttemptStatus(row["status"]), row["decline_code"], row["at"], row["customer"])
        for row in rows
    )
    return [end for end in found if end]


async def begin_downtime(db: Connection, provider: Provider, now: datetime) -> bool:
    """Mark a provider as down; returns whether this call did."""
    return bool(await db.execute_query_dict(_BEGIN, [*provider, now, PROBE_EVERY]))


async def probe_provider(db: Connection, provider: Provider, now: datetime) -> bool:
    """Take the probe that is due; of concurrent callers, one gets it."""
    return bool(await db.execute_query_dict(_PROBE, [*provider, now, PROBE_EVERY]))


async def end_downtime(db: Connection, provider: Provider, now: datetime) -> bool:
    """A provider is up again; returns whether this call ended its downtime."""
    return bool(await db.execute_query_dict(_END, [*provider, now]))
