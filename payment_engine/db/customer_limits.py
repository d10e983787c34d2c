"""The limits that on-call staff set for a customer; how much of them is used is loaded with the
customer's payments."""

from datetime import datetime

import orjson

from payment_engine.db.connection import Connection
from payment_engine.domain.customer import CustomerKey

_SET = """
INSERT INTO customer_config (merchant_id, customer_ref, preferences, limits, updated_at)
VALUES ($1, $2, '{}', $3, $4)
ON CONFLICT (merchant_id, customer_ref)
  DO UPDATE SET limits = $3, updated_at = $4, version = customer_config.version + 1
"""


async def set_limits(
    db: Connection, customer: CustomerKey, limits: dict[str, int], now: datetime
) -> None:
    """Replace all of a customer's limits, in paise and times."""
    await db.execute_query(_SET, [*customer, orjson.dumps(limits).decode(), now])
