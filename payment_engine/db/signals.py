"""What monitoring reads from the database, in one statement: who is scraped does not matter.

Every part reads an index that has only the rows it counts, or a bounded number of the latest rows.
Ages are by the database's clock.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from payment_engine.db.connection import Connections

AGES = (0, 300, 1800, 7200, 86400)
"""Seconds: how many attempts are older than each of these is counted."""
REFUND_AGES = (0, 900, 86400, 432000)
"""The same for refunds; the last is five days."""
LATE = 60
"""Seconds after which a due job is late."""

_READ = """
WITH attempts AS (
  SELECT gateway, method, created_at FROM attempt
  WHERE settled_at IS NULL AND status IN ('created', 'pending')
), refunds AS MATERIALIZED (
  SELECT status, automatic, created_at FROM refund
  WHERE settled_at IS NULL AND status IN ('needs_approval', 'created', 'pending', 'manual_review')
), outbox AS MATERIALIZED (
  SELECT merchant_id, count(*) AS messages, min(created_at) AS oldest FROM outbox_message
  WHERE state = 'ready' GROUP BY merchant_id
), queue AS (
  SELECT '' AS name UNION SELECT name FROM configured_gateway UNION SELECT unnest($2::text[])
), due AS MATERIALIZED (
  SELECT j.kind, j.run_at FROM queue q CROSS JOIN LATERAL (
    SELECT kind, run_at FROM job WHERE held_at IS NULL AND kind <> 'handle_notice'
      AND coalesce(gateway, '') = q.name AND run_at <= now()) j
  UNION ALL
  SELECT kind, run_at FROM job
  WHERE held_at IS NULL AND kind = 'handle_notice' AND run_at <= now()
), webhooks AS MATERIALIZED (
  SELECT gateway, count(*) AS webhooks, min(received_at) AS oldest FROM inbox_notice
  WHERE handled_at IS NULL GROUP BY gateway
), current_route AS (
  SELECT gateway, method,
    CASE WHEN expires_at <= now() THEN later_enabled ELSE enabled END AS enabled,
    CASE WHEN expires_at <= now() THEN later_weight ELSE weight END AS weight FROM route
), latest_attempts AS (
  SELECT gateway, amount_captured, coalesce(settled_at, created_at) AS at FROM attempt
  ORDER BY created_at DESC, id DESC LIMIT 2000
), latest_webhooks AS (
  SELECT gateway, received_at FROM inbox_notice WHERE handled_at IS NOT NULL
  ORDER BY received_at DESC LIMIT 2000
)
SELECT 'unsettled_attempts' AS signal, ARRAY[gateway, method, age::text] AS labels,
  sum(CASE WHEN created_at <= now() - make_interval(secs => age) THEN 1 ELSE 0 END)::float8 AS value
FROM attempts CROSS JOIN unnest($3::int[]) AS age GROUP BY gateway, method, age
UNION ALL SELECT 'overdue_attempts', '{}', count(*) FROM attempts WHERE created_at < $1
UNION ALL SELECT 'undecided_refunds', ARRAY[status, age::text],
  sum(CASE WHEN created_at <= now() - make_interval(secs => age) THEN 1 ELSE 0 END)
FROM refunds CROSS JOIN unnest($4::int[]) AS age GROUP BY status, age
UNION ALL SELECT 'unreturned_conflicts', ARRAY[age::text],
  sum(CASE WHEN created_at <= now() - make_interval(secs => age) THEN 1 ELSE 0 END)
FROM refunds CROSS JOIN unnest($4::int[]) AS age WHERE automatic GROUP BY age
UNION ALL SELECT 'open_reviews', ARRAY['attempt', gateway], count(*)
FROM attempt WHERE review IS NOT NULL GROUP BY gateway
UNION ALL SELECT 'open_reviews', ARRAY['refund', a.gateway], count(*)
FROM refund r JOIN attempt a ON a.id = r.attempt_id WHERE r.review IS NOT NULL GROUP BY a.gateway
UNION ALL SELECT 'outbox_messages', ARRAY[m.id], coalesce(o.messages, 0)
FROM merchant m LEFT JOIN outbox o ON o.merchant_id = m.id
UNION ALL SELECT 'outbox_oldest_seconds', ARRAY[m.id],
  coalesce(extract(epoch FROM now() - o.oldest), 0)
FROM merchant m LEFT JOIN outbox o ON o.merchant_id = m.id
UNION ALL SELECT failed.signal, ARRAY[m.id], (
  SELECT count(*) FROM outbox_message o WHERE o.merchant_id = m.id
    AND o.state IN ('dead','undeliverable') AND o.state = failed.state)
FROM merchant m CROSS JOIN (VALUES ('outbox_dead', 'dead'),
  ('outbox_undeliverable', 'undeliverable')) AS failed(signal, state)
UNION ALL SELECT 'jobs_due', ARRAY[kind], count(*) FROM due GROUP BY kind
UNION ALL SELECT 'jobs_late', ARRAY[kind], count(*) FROM due
WHERE run_at <= now() - make_interval(secs => $5) GROUP BY kind
UNION ALL SELECT 'jobs_suspended', ARRAY[kind], count(*) FROM job
WHERE held_at IS NOT NULL GROUP BY kind
UNION ALL SELECT 'unhandled_notices', ARRAY[gateway], webhooks FROM webhooks
UNION ALL SELECT 'unhandled_notices_oldest_seconds', ARRAY[gateway],
  extract(epoch FROM now() - oldest) FROM webhooks
UNION ALL SELECT 'last_success_timestamp_seconds', ARRAY[gateway], extract(epoch FROM max(at))
FROM latest_attempts WHERE amount_captured > 0 GROUP BY gateway
UNION ALL SELECT 'last_notice_timestamp_seconds', ARRAY[gateway],
  extract(epoch FROM max(received_at)) FROM latest_webhooks GROUP BY gateway
UNION ALL SELECT 'quarantined', ARRAY[gateway, coalesce(cause, '')], count(*)
FROM quarantined WHERE verified_at IS NULL GROUP BY gateway, cause
UNION ALL SELECT 'unmatched_reports', ARRAY[gateway, kind], count(*)
FROM unmatched_report WHERE matched_at IS NULL GROUP BY gateway, kind
UNION ALL SELECT 'breaker', ARRAY[gateway, method],
  CASE state WHEN 'closed' THEN 0 WHEN 'half_open' THEN 1 ELSE 2 END FROM breaker
UNION ALL SELECT 'provider_down_seconds', ARRAY[method, provider],
  extract(epoch FROM now() - since) FROM downtime WHERE ended_at IS NULL
UNION ALL SELECT 'route_enabled', ARRAY[gateway, method], enabled::int FROM current_route
UNION ALL SELECT 'route_weight', ARRAY[gateway, method], weight FROM current_route
UNION ALL SELECT 'heartbeat_age_seconds', ARRAY[role],
  extract(epoch FROM clock_timestamp() - max(heartbeat_at)) FROM process GROUP BY role
UNION ALL SELECT 'running_processes', ARRAY[role], count(*) FROM process
WHERE stopped_at IS NULL AND heartbeat_at > clock_timestamp() - interval '10 s' GROUP BY role
"""


@dataclass(frozen=True)
class SignalRow:
    """One value of a gauge, and the values of its labels."""

    signal: str
    labels: tuple[str, ...]
    value: float


async def read_signals(
    db: Connections, gateways: Collection[str], overdue_before: datetime
) -> list[SignalRow]:
    """Every value that is not zero, and for each merchant its zeros, too.

    An attempt started before ``overdue_before`` is overdue.
    """
    values = (overdue_before, list(gateways), list(AGES), list(REFUND_AGES), LATE)
    rows = await db.fetch(_READ, *values)
    return [SignalRow(row["signal"], tuple(row["labels"]), row["value"]) for row in rows]
