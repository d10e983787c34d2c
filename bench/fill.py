"""Fills a database with payments as years of trade leave them, in SQL alone.

Every payment has one attempt and three events, spread over the last year; keys and messages are
only those of the last three days, since older ones are deleted.
"""

import sys
import time

import asyncpg

_BATCH = 250_000
_UNCHECKED = "SET statement_timeout = 0; SET session_replication_role = replica"
_RECENT_DAYS = 3
_DAYS = 365

_MONTHS = """
DO $$
DECLARE month timestamp;
BEGIN
  FOR month IN SELECT date_trunc('month', now() AT TIME ZONE 'UTC') - n * interval '1 month'
      FROM generate_series(1, 13) n LOOP
    EXECUTE format('CREATE TABLE %I PARTITION OF payment_event FOR VALUES FROM (%L) TO (%L)',
      'payment_event_' || to_char(month, 'YYYY_MM'), month AT TIME ZONE 'UTC',
      (month + interval '1 month') AT TIME ZONE 'UTC');
  END LOOP;
END $$
"""
_NUMBERED = """
CREATE TEMP TABLE numbered AS
SELECT lpad(to_hex(n), 20, '0') AS name, n,
  now() - ({count} - n) * (interval '{days} days' / {count}) - interval '1 hour' AS at
FROM generate_series({first}, {last}) n
"""
_TABLES = {
    "payment": """
INSERT INTO payment (id, merchant_id, order_id, status, amount, currency, amount_captured,
    breakdown, metadata, customer_ref, customer, return_url, capture, revision, version, sequence,
    created_at, expires_at)
SELECT 'pay_' || name, {merchant}, 'scale-' || n, 'paid', 100 + n % 500000, 'INR',
  100 + n % 500000, '[]', '{{}}', 'customer-' || n % ({count} / 5 + 1), '\\x00',
  'https://shop.example/', 'automatic', 4, 4, 2, at, at + interval '15 minutes' FROM numbered
""",
    "attempt": """
INSERT INTO attempt (id, payment_id, number, ref, gateway, method, status, live, elected, amount,
    currency, amount_captured, gateway_payment_id, rrn, gateway_status, created_at, expires_at,
    settled_at)
SELECT 'att_' || name, 'pay_' || name, 1, name, 'juspay', 'upi_intent', 'captured', false, true,
  100 + n % 500000, 'INR', 100 + n % 500000, 'moz' || name, lpad(n::text, 12, '0'), 'CHARGED', at,
  at + interval '8 minutes', at + interval '1 minute' FROM numbered
""",
    "payment_event": """
INSERT INTO payment_event (payment_id, attempt_id, version, type, source, data, changes, at)
SELECT 'pay_' || name, CASE WHEN e > 1 THEN 'att_' || name END, e,
  (ARRAY['payment.opened','attempt.created','attempt.captured'])[e], 'caller', '{{}}',
  '{{"status": "paid"}}', at + e * interval '20 seconds'
FROM numbered CROSS JOIN generate_series(1, 3) e
""",
    "idempotency_key": """
INSERT INTO idempotency_key (merchant_id, key, fingerprint, resource_id, status_code, response,
    created_at)
SELECT {merchant}, 'scale-' || n, '\\x00', 'pay_' || name, 201, '\\x00', at FROM numbered
WHERE at > now() - interval '{recent} days'
""",
    "outbox_message": """
INSERT INTO outbox_message (id, merchant_id, payment_id, sequence, type, body, state, attempts,
    run_at, created_at, delivered_at)
SELECT 'msg_' || name, {merchant}, 'pay_' || name, 1, 'payment.paid', '{{}}', 'delivered', 1, at,
  at, at FROM numbered WHERE at > now() - interval '{recent} days'
""",
}


async def fill(url: str, count: int) -> None:
    """Add ``count`` payments of the database's merchant; prints how far it is."""
    connection = await asyncpg.connect(url, server_settings={"synchronous_commit": "off"})
    began = time.monotonic()
    try:
        await connection.execute(
            "SET statement_timeout = 0; SET session_replication_role = replica"
        )
        merchant = await connection.fetchval("SELECT quote_literal(id) FROM merchant")
        await connection.execute(_MONTHS)
        for first in range(1, count + 1, _BATCH):
            last = min(first + _BATCH - 1, count)
            values = {"count": count, "days": _DAYS, "recent": _RECENT_DAYS, "merchant": merchant}
            await connection.execute(_NUMBERED.format(first=first, last=last, **values))
            for statement in _TABLES.values():
                await connection.execute(statement.format(**values))
            await connection.execute("DROP TABLE numbered")
            print(f"{last:,} payments in {time.monotonic() - began:,.0f} s", file=sys.stderr)
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()
