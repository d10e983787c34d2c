"""The limits that on-call staff set for a customer, and how much of them is used."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson

from payment_engine.db.connection import Connection
from payment_engine.domain.customer import CustomerKey

_DAY = timedelta(days=1)

_SET = """
INSERT INTO customer_config (merchant_id, customer_ref, preferences, limits, updated_at)
VALUES ($1, $2, '{}', $3, $4)
ON CONFLICT (merchant_id, customer_ref)
  DO UPDATE SET limits = $3, updated_at = $4, version = customer_config.version + 1
"""
_LOCK = """
SELECT limits FROM customer_config WHERE merchant_id = $1 AND customer_ref = $2
  AND limits <> '{}' FOR NO KEY UPDATE
"""
_USED = """
SELECT
  (SELECT coalesce(sum(p.amount), 0)::bigint FROM payment p
    WHERE p.merchant_id = $1 AND p.customer_ref = $2 AND p.created_at > $3 AND p.id <> $4
      AND p.status IN ('pending', 'authorized', 'paid')) AS paid,
  (SELECT count(*) FROM payment p JOIN attempt a ON a.payment_id = p.id
    WHERE p.merchant_id = $1 AND p.customer_ref = $2 AND p.created_at > $5
      AND a.created_at > $3) AS attempts
"""


@dataclass(frozen=True, kw_only=True)
class Used:
    """What a customer did in the last 24 hours: ``paid`` in paise, pending payments included."""

    paid: int
    attempts: int


async def set_limits(
    db: Connection, customer: CustomerKey, limits: dict[str, int], now: datetime
) -> None:
    """Replace all of a customer's limits, in paise and times."""
    await db.execute_query(_SET, [*customer, orjson.dumps(limits).decode(), now])


async def lock_limits(tx: Connection, customer: CustomerKey) -> dict[str, int]:
    """The customer's limits, locked, so that concurrent attempts are counted one after another."""
    rows = await tx.execute_query_dict(_LOCK, [*customer])
    limits: dict[str, int] = orjson.loads(rows[0]["limits"]) if rows else {}
    return limits


async def used_by(tx: Connection, customer: CustomerKey, payment_id: str, now: datetime) -> Used:
    """What the customer used of a day's limits, without the amount of the named payment."""
    values: list[Any] = [*customer, now - _DAY, payment_id, now - 2 * _DAY]
    [row] = await tx.execute_query_dict(_USED, values)
    return Used(**row)
