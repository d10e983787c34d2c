"""A database of a million rows: payments and all that belongs to them, written by SQL.

Its indexes are made anew after the rows, which takes a third of the time. The rows are of two
merchants, and about one in a thousand waits for something.
"""

from string import Template

import asyncpg

from tests.databases import create_database

PAYMENTS = 350_000
"""With as many attempts, and a seventh of that number of everything else: a million rows."""
MERCHANT = "mer_" + "0" * 20

_LATEST = "timestamptz '2026-11-01 00:00:00+00'"
_NAMES = {
    "own": f"'{MERCHANT}'",
    "other": "'mer_11111111111111111111'",
    "latest": _LATEST,
    "at": f"{_LATEST} - n * interval '10 s'",
}
_FILL = """
SET session_replication_role = replica;
INSERT INTO merchant (id, name, created_at)
  VALUES ($own, 'Pharmacy', now()), ($other, 'Grocer', now());
INSERT INTO payment (id, merchant_id, order_id, status, amount, currency, breakdown, metadata,
    customer_ref, customer, return_url, capture, created_at, expires_at, closing, closed_at,
    amount_captured)
  SELECT 'pay_' || lpad(n::text, 20, '0'),
    CASE WHEN n % 10 = 9 THEN $other ELSE $own END, 'order-' || n,
    CASE WHEN n % 1000 = 3 THEN 'pending' WHEN n % 10 = 1 THEN 'expired' ELSE 'paid' END,
    100 + n % 900, 'INR', '[]', '{}', 'customer-' || n / 4, '', '', 'automatic',
    $at, $latest, CASE WHEN n % 10 = 1 THEN 'expired' END,
    CASE WHEN n % 10 = 1 THEN $latest END,
    CASE WHEN n % 1000 = 3 OR n % 10 = 1 THEN 0 ELSE 100 + n % 900 END
  FROM generate_series(1, $payments) n;
INSERT INTO attempt (id, payment_id, number, ref, gateway, method, status, live, amount, currency,
    amount_captured, amount_refunded, created_at, expires_at, settled_at, review, conflict,
    decline_code)
  SELECT 'att_' || lpad(n::text, 20, '0'), 'pay_' || lpad(n::text, 20, '0'), 1, n::text,
    CASE WHEN n % 3 = 0 THEN 'paytm' ELSE 'juspay' END,
    CASE WHEN n % 7 = 0 THEN 'card' ELSE 'upi_intent' END,
    CASE WHEN n % 1000 = 3 THEN 'pending' WHEN n % 10 = 1 THEN 'failed' ELSE 'captured' END,
    false, 100 + n % 900, 'INR',
    CASE WHEN n % 1000 = 3 OR n % 10 = 1 THEN 0 ELSE 100 + n % 900 END,
    CASE WHEN n % 2000 = 5 THEN 100 + n % 900 ELSE 0 END, $at,
    $latest, CASE WHEN n % 1000 <> 3 THEN $at END,
    CASE WHEN n % 5000 = 7 THEN 'amount differs' END,
    CASE WHEN n % 1000 = 5 THEN 'second_success' END,
    CASE WHEN n % 10 = 1 THEN 'insufficient_funds' END
  FROM generate_series(1, $payments) n;
INSERT INTO refund (id, payment_id, attempt_id, ref, amount, status, reason, lines, automatic,
    created_at, settled_at, review)
  SELECT 'rfd_' || lpad(n::text, 20, '0'), 'pay_' || lpad(n::text, 20, '0'),
    'att_' || lpad(n::text, 20, '0'), n::text, 1,
    CASE WHEN n % 1000 = 5 THEN 'pending' WHEN n % 100 = 6 THEN 'failed' ELSE 'succeeded' END, 'x',
    '[]', n % 1000 = 5, $at,
    CASE WHEN n % 1000 <> 5 THEN $at END,
    CASE WHEN n % 5000 = 7 THEN 'amount differs' END
  FROM generate_series(1, $others) n;
INSERT INTO payment_event (payment_id, version, type, source, data, at)
  SELECT 'pay_' || lpad(n::text, 20, '0'), 1, 'payment.opened', 'caller', '{}', now()
  FROM generate_series(1, $others) n;
INSERT INTO payment_event (payment_id, version, attempt_id, type, source, data, at)
  SELECT payment_id, 1, id, 'review', 'check', '{"theirs": {"amount": 1}}', now()
  FROM attempt WHERE review IS NOT NULL;
INSERT INTO outbox_message (id, merchant_id, payment_id, sequence, type, body, state, attempts,
    run_at, created_at, delivered_at)
  SELECT 'msg_' || lpad(n::text, 20, '0'),
    CASE WHEN n % 10 = 9 THEN $other ELSE $own END,
    'pay_' || lpad(n::text, 20, '0'), 1, 'payment.paid', '{}',
    CASE WHEN n % 1000 = 3 THEN 'ready' WHEN n % 1000 = 4 THEN 'dead'
      WHEN n % 1000 = 5 THEN 'undeliverable' ELSE 'delivered' END, 1,
    $at, $at,
    CASE WHEN n % 1000 NOT IN (3, 4, 5) THEN $latest END
  FROM generate_series(1, $others) n;
INSERT INTO inbox_notice (id, gateway, event_id, kind, sealed, received_at, handled_at)
  SELECT 'whk_' || lpad(n::text, 20, '0'), CASE WHEN n % 3 = 0 THEN 'paytm' ELSE 'juspay' END, n,
    'ORDER_SUCCEEDED', '', $at,
    CASE WHEN n % 1000 <> 3 THEN $latest END
  FROM generate_series(1, $others) n;
INSERT INTO job (kind, subject, gateway, run_at, attempts, held_at, created_at)
  SELECT CASE WHEN n % 1000 = 3 THEN 'check_charge' ELSE 'expire_payment' END,
    'att_' || lpad(n::text, 20, '0'), 'juspay', now() + interval '1 day', 20,
    CASE WHEN n % 1000 = 4 THEN $at END, $latest
  FROM generate_series(1, $others) n;
INSERT INTO quarantined (id, gateway, fingerprint, sealed, cause, size, received_at)
  SELECT 'qtn_' || lpad(n::text, 20, '0'), CASE WHEN n % 3 = 0 THEN 'paytm' ELSE 'juspay' END,
    n::text::bytea, '', 'wrong_signature', 1, $at
  FROM generate_series(1, 5000) n;
INSERT INTO unmatched_report (id, gateway, kind, reference, status, gateway_status,
    first_reported_at, last_reported_at, matched_at)
  SELECT 'unm_' || lpad(n::text, 20, '0'), CASE WHEN n % 3 = 0 THEN 'paytm' ELSE 'juspay' END,
    'charge', n, 'captured', 'CHARGED', $at, $at, CASE WHEN n % 10 > 0 THEN $latest END
  FROM generate_series(1, 5000) n;
INSERT INTO admin_action (id, merchant_id, actor, action, subject, payment_id, reason, dry_run,
    request, outcome, at, number, previous, hash, reading)
  SELECT 'adm_' || lpad(n::text, 20, '0'), $own, 'asha', 'payment.read', n::text,
    'pay_' || lpad((n % 100)::text, 20, '0'), 'why', false, '{}', '{}', $at, n, '', '', n % 100 > 0
  FROM generate_series(1, $others) n;
INSERT INTO bulk_action (id, merchant_id, actor, action, reason, query, state, total, created_at)
  SELECT 'blk_' || lpad(n::text, 20, '0'), $own, 'asha', 'attempts.sync', 'why', '{}', 'done', 1,
    $at
  FROM generate_series(1, 5000) n;
SET session_replication_role = DEFAULT;
"""

_TABLES = (
    *("payment", "attempt", "refund", "payment_event", "outbox_message"),
    *("inbox_notice", "job", "quarantined", "unmatched_report", "admin_action", "bulk_action"),
)
_INDEXES = """
SELECT c.relname AS name, pg_get_indexdef(i.indexrelid) AS made
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE i.indrelid = ANY ($1::text[]::regclass[])
  AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = i.indexrelid)
  AND NOT EXISTS (SELECT FROM pg_inherits WHERE inhparent = i.indexrelid OR inhrelid = i.indexrelid)
"""


async def create_million(server: str, payments: int = PAYMENTS) -> str:
    """The URL of a migrated database with all these rows, whose statistics are current."""
    url = await create_database(server)
    connection = await asyncpg.connect(url)
    try:
        indexes = await connection.fetch(_INDEXES, list(_TABLES))
        for index in indexes:
            await connection.execute(f"DROP INDEX {index['name']}")
        fill = Template(_FILL).substitute(_NAMES, payments=payments, others=payments // 7)
        await connection.execute(fill)
        for index in indexes:
            await connection.execute(index["made"])
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()
    return url
