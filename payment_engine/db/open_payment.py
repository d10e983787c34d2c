"""Opening a payment: key, payment and history in one statement and one commit."""

from typing import Any

from tortoise import connections

OPEN_PAYMENT = """
WITH claimed AS (
  INSERT INTO idempotency_key
    (merchant_id, key, fingerprint, resource_id, status_code, response, created_at)
  VALUES ($2, $13, $14, $1, 201, $15, $11)
), opened AS (
  INSERT INTO payment
    (id, merchant_id, order_id, status, amount, currency, breakdown, metadata, customer_ref,
     customer, return_url, capture, created_at, expires_at, phone_hash)
  VALUES ($1, $2, $3, 'open', $4, 'INR', $5, $6, $7, $8, $9, $10, $11, $12, $16)
), later AS (
  INSERT INTO job (kind, subject, run_at, created_at) VALUES ('expire_payment', $1, $12, $11)
)
INSERT INTO payment_event (payment_id, version, type, source, data, at)
VALUES ($1, 1, 'payment.opened', 'caller', '{}', $11)
"""
"""Refused as a whole, by a unique index, when the key or the order was seen before."""


async def open_payment(values: list[Any]) -> None:
    """Write it all; raises tortoise's IntegrityError, having written nothing."""
    await connections.get("default").execute_query_dict(OPEN_PAYMENT, values)
