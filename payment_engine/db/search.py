"""Finding payments by any number, name or amount; every branch of a statement uses an index."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from payment_engine.db.connection import Connection

SEARCH = """
SELECT id, order_id, status, amount, created_at FROM payment
WHERE merchant_id = $1 AND id IN (
  SELECT id FROM payment WHERE order_id = $2
  UNION SELECT id FROM payment WHERE id = $2
  UNION (SELECT id FROM payment WHERE merchant_id = $1 AND customer_ref = $2
    ORDER BY created_at DESC LIMIT 50)
  UNION SELECT id FROM payment WHERE phone_hash = ANY ($3::bytea[])
  UNION SELECT payment_id FROM attempt WHERE id = $2
  UNION SELECT payment_id FROM attempt WHERE ref = $2
  UNION SELECT payment_id FROM attempt WHERE gateway_payment_id = $2
  UNION SELECT payment_id FROM attempt WHERE rrn = $2
  UNION SELECT payment_id FROM attempt WHERE arn = $2
  UNION SELECT payment_id FROM attempt WHERE payer_hash = ANY ($4::bytea[])
  UNION SELECT payment_id FROM refund WHERE id = $2
  UNION SELECT payment_id FROM refund WHERE ref = $2
  UNION SELECT payment_id FROM refund WHERE foreign_ref = $2
  UNION SELECT payment_id FROM refund WHERE gateway_refund_id = $2
  UNION SELECT payment_id FROM refund WHERE arn = $2
  UNION SELECT payment_id FROM refund WHERE rrn = $2)
ORDER BY created_at DESC LIMIT 50
"""
BY_AMOUNT = """
SELECT id, order_id, status, amount, created_at FROM payment
WHERE merchant_id = $1 AND amount = $2 AND created_at BETWEEN $3 AND $4
ORDER BY created_at DESC LIMIT 50
"""
BY_IDS = """
SELECT id, order_id, status, amount, created_at FROM payment
WHERE merchant_id = $1 AND id IN (
  SELECT id FROM payment WHERE id = ANY ($2::text[])
  UNION SELECT payment_id FROM attempt WHERE id = ANY ($2::text[]))
ORDER BY created_at DESC LIMIT 50
"""


@dataclass(frozen=True, kw_only=True)
class FoundPayment:
    """A payment as far as a list of results shows it; ``amount`` in paise."""

    id: str
    order_id: str
    status: str
    amount: int
    created_at: datetime


async def find_payments(
    db: Connection,
    merchant_id: str,
    text: str,
    *,
    phone_hashes: list[bytes],
    payer_hashes: list[bytes],
) -> list[FoundPayment]:
    """At most 50 of a merchant's payments, newest first, by a number or id of theirs: order,
    payment, attempt or refund id, reference, a gateway's id or reference, RRN or ARN, or the keyed
    hash of a phone number or UPI ID."""
    values = [merchant_id, text, phone_hashes, payer_hashes]
    return [FoundPayment(**row) for row in await db.execute_query_dict(SEARCH, values)]


async def find_by_amount(
    db: Connection, merchant_id: str, amount: int, since: datetime, until: datetime
) -> list[FoundPayment]:
    """At most 50 of a merchant's payments over this amount (paise) within a time, newest first."""
    values = [merchant_id, amount, since, until]
    return [FoundPayment(**row) for row in await db.execute_query_dict(BY_AMOUNT, values)]


async def find_by_ids(db: Connection, merchant_id: str, ids: Collection[str]) -> list[FoundPayment]:
    """At most 50 of a merchant's payments that have one of these ids, or an attempt that has."""
    return [
        FoundPayment(**row) for row in await db.execute_query_dict(BY_IDS, [merchant_id, [*ids]])
    ]
