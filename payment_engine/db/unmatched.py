"""Reports of gateways about charges and refunds that we do not know: one row for each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from payment_engine.db.connection import Connections
from payment_engine.db.models import UnmatchedReport

_STORE = """
INSERT INTO unmatched_report (id, gateway, kind, reference, charge_reference, gateway_payment_id,
  amount, currency, status, gateway_status, times, first_reported_at, last_reported_at)
SELECT id, $2, kind, reference, charge_reference, gateway_payment_id, amount, currency, status,
  gateway_status, 1, $1, $1
FROM unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::bigint[], $9::text[],
  $10::text[], $11::text[]) AS given(id, kind, reference, charge_reference, gateway_payment_id,
  amount, currency, status, gateway_status)
ON CONFLICT (gateway, kind, reference) DO UPDATE SET times = unmatched_report.times + 1,
  last_reported_at = $1, status = excluded.status, gateway_status = excluded.gateway_status,
  amount = coalesce(excluded.amount, unmatched_report.amount)
"""
_CHECK_AGAIN = """
INSERT INTO job (kind, subject, run_at, gateway, attempts, created_at)
SELECT 'check_charge', id, now(), gateway, 0, now() FROM attempt
WHERE (settled_at IS NULL AND status IN ('created', 'pending', 'authorized'))
  OR (status IN ('failed', 'voided') AND created_at >= $1)
UNION ALL
SELECT 'refund', r.id, now(), a.gateway, 0, now()
FROM refund r JOIN attempt a ON a.id = r.attempt_id
WHERE (r.settled_at IS NULL AND r.status IN ('created', 'pending'))
  OR (r.status = 'failed' AND r.created_at >= $1)
ORDER BY 1, 2
ON CONFLICT (kind, subject) DO UPDATE
  SET run_at = least(job.run_at, excluded.run_at), attempts = 0, held_at = NULL
RETURNING kind
"""

Kind = Literal["charge", "refund"]


@dataclass(frozen=True, kw_only=True)
class Report:
    """What a gateway reported of a charge or refund; texts fit their columns."""

    id: str
    kind: Kind
    reference: str
    status: str
    gateway_status: str
    charge_reference: str | None = None
    gateway_payment_id: str | None = None
    amount: int | None = None
    currency: str | None = None


_COLUMNS = (
    *("id", "kind", "reference", "charge_reference", "gateway_payment_id"),
    *("amount", "currency", "status", "gateway_status"),
)


async def store(db: Connections, gateway: str, reports: Sequence[Report], now: datetime) -> None:
    """Store each report, or count it once more."""
    ordered = sorted(reports, key=lambda each: (each.kind, each.reference))
    values = [[getattr(each, name) for each in ordered] for name in _COLUMNS]
    await db.fetch(_STORE, now, gateway, *values)


async def list_open(limit: int) -> list[UnmatchedReport]:
    """Those that nobody has matched, the oldest first."""
    return await UnmatchedReport.filter(matched_at=None).order_by("id").limit(limit)


async def mark_matched(report_id: str, payment_id: str, at: datetime) -> None:
    """Record which payment an operator matched it to."""
    rows = UnmatchedReport.filter(id=report_id)
    await rows.update(payment_id=payment_id, matched_at=at)


async def check_again(db: Connections, since: datetime) -> dict[str, int]:
    """Make jobs that ask the gateways now about all that is undecided, and all that failed since a
    time: how many of each kind."""
    rows = await db.fetch(_CHECK_AGAIN, since)
    kinds = [row["kind"] for row in rows]
    return {kind: kinds.count(kind) for kind in ("check_charge", "refund")}
