"""The statement that loads payments with all that a decision about them needs.

A row for each payment found: its position among those requested, and one JSON document.
``OFFSET 0`` separates a lookup by key from the rest of the plan: a plan made while the tables were
empty would join them whole, or read a merchant's payments beside those of an order
(tests/db/test_plans.py).
"""

from functools import cache

from payment_engine.domain.card_testing import MOST_COUNTED
from payment_engine.domain.store import Find

_FOUND = {
    "payment": "w.id",
    "attempt": "(SELECT a.payment_id FROM attempt a WHERE a.id = w.id)",
    "refund": "(SELECT r.payment_id FROM refund r WHERE r.id = w.id)",
    "charge": "(SELECT a.payment_id FROM attempt a WHERE a.gateway_payment_id = w.id"
    " ORDER BY a.id LIMIT 1)",
}

_BASE = """
  'payment', row_to_json(p),
  'attempts', (SELECT json_agg(row_to_json(a) ORDER BY a.number) FROM attempt a
    WHERE a.payment_id = p.id),
  'refunds', (SELECT json_agg(row_to_json(r) ORDER BY r.id) FROM refund r
    WHERE r.payment_id = p.id),
  'hidden_methods', CASE WHEN p.status IN ('open', 'pending') THEN
    (SELECT c.preferences->'hidden_methods' FROM customer_config c
      WHERE c.merchant_id = p.merchant_id AND c.customer_ref = p.customer_ref) END,
  'superseded', p.closed_at IS NOT NULL AND EXISTS (
    SELECT FROM (SELECT * FROM payment other WHERE other.order_id = p.order_id OFFSET 0) newer
    WHERE newer.merchant_id = p.merchant_id AND newer.created_at > p.created_at),
  'key', row_to_json(k),
  'process_alive', k.response IS NULL AND EXISTS (SELECT FROM process o WHERE o.id = k.process_id
    AND o.stopped_at IS NULL AND o.heartbeat_at > clock_timestamp() - interval '10 seconds')
"""

_ATTEMPT = """,
  'merchant', (SELECT json_build_object('mcc', m.mcc, 'upi_verified', m.upi_verified)
    FROM merchant m WHERE m.id = p.merchant_id),
  'limits', (SELECT json_build_object('revision', c.usage_revision, 'limits', c.limits,
      'paid_today', CASE WHEN c.limits ? 'per_day' THEN (
        SELECT coalesce(sum(other.amount), 0) FROM payment other
        WHERE other.merchant_id = p.merchant_id AND other.customer_ref = p.customer_ref
          AND other.created_at > w.now - interval '1 day' AND other.id <> p.id
          AND other.status IN ('pending', 'authorized', 'paid')) ELSE 0 END,
      'attempts_today', CASE WHEN c.limits ? 'attempts_per_day' THEN (
        SELECT count(*) FROM (SELECT FROM payment other
          JOIN attempt a ON a.payment_id = other.id
          WHERE other.merchant_id = p.merchant_id AND other.customer_ref = p.customer_ref
            AND other.created_at > w.now - interval '2 days'
            AND a.created_at > w.now - interval '1 day'
          LIMIT (c.limits->>'attempts_per_day')::int) counted) ELSE 0 END)
    FROM customer_config c WHERE c.merchant_id = p.merchant_id
      AND c.customer_ref = p.customer_ref AND c.limits <> '{}'),
  'declines', CASE WHEN w.since IS NOT NULL THEN json_build_object(
    'customer', (SELECT json_agg(d.declined_at ORDER BY d.declined_at DESC)
      FROM (SELECT l.id FROM payment l
        WHERE l.merchant_id = p.merchant_id AND l.customer_ref = p.customer_ref
          AND l.created_at > w.since - interval '1 day' ORDER BY l.created_at DESC LIMIT 100) l
      CROSS JOIN LATERAL (SELECT a.declined_at FROM attempt a WHERE a.payment_id = l.id
        AND a.declined_at > w.since OFFSET 0) d),
    'address', (SELECT json_agg(d.declined_at) FROM (SELECT a.declined_at FROM attempt a
      WHERE a.address_hash = decode(w.address, 'hex') AND a.declined_at > w.since
      ORDER BY a.declined_at DESC LIMIT {most}) d),
    'bin', (SELECT json_agg(d.declined_at) FROM (SELECT a.declined_at FROM attempt a
      WHERE a.bin_hash = decode(w.bin, 'hex') AND a.declined_at > w.since
      ORDER BY a.declined_at DESC LIMIT {most}) d)) END
"""

_STATEMENT = """
SELECT w.n::int AS n, json_build_object({document})::text AS loaded
FROM unnest({arrays}) WITH ORDINALITY AS w({names}, n)
CROSS JOIN LATERAL (SELECT * FROM payment p WHERE p.id = {found} OFFSET 0) p
LEFT JOIN LATERAL (SELECT k.merchant_id, k.key, encode(k.fingerprint, 'hex') AS fingerprint,
    k.resource_id, k.process_id, k.created_at, k.status_code, encode(k.response, 'hex') AS response
  FROM idempotency_key k
  WHERE k.merchant_id = w.merchant_id AND k.key = w.key OFFSET 0) k ON true
"""

VERSIONS = """
SELECT p.id, p.version FROM unnest($1::text[]) AS w(id)
CROSS JOIN LATERAL (SELECT p.id, p.version FROM payment p WHERE p.id = w.id OFFSET 0) p
"""
"""The versions of payments, polled for the requests that wait for a change."""


@cache
def load_statement(find: Find, *, for_attempt: bool = False) -> str:
    """Loads payments found by their own ids, or by those of an attempt, refund or charge each.

    Takes arrays of one length: ids, merchants and keys (NULL for none). For attempts also times;
    since when declined cards count (NULL for none), and the hexadecimal hashes of their address and
    first digits.
    """
    arrays = ["$1::text[]", "$2::text[]", "$3::text[]"]
    names = ["id", "merchant_id", "key"]
    if for_attempt:
        arrays += ["$4::timestamptz[]", "$5::timestamptz[]", "$6::text[]", "$7::text[]"]
        names += ["now", "since", "address", "bin"]
    attempt = _ATTEMPT.replace("{most}", str(MOST_COUNTED))
    return _STATEMENT.format(
        document=_BASE + (attempt if for_attempt else ""),
        arrays=", ".join(arrays),
        names=", ".join(names),
        found=_FOUND[find],
    )
