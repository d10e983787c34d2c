"""What a customer may pay, as people on call set it; anything above is refused."""

from datetime import datetime, timedelta
from typing import Any

import orjson
from tortoise import connections
from tortoise.backends.base.client import BaseDBAsyncClient

from payment_engine.db.models import Payment
from payment_engine.domain.errors import LimitExceeded
from payment_engine.domain.money import Paise, display
from payment_engine.domain.requests.config import LimitsIn
from payment_engine.engine import Engine

_DAY = timedelta(days=1)

_SET = """
INSERT INTO customer_config (merchant_id, customer_ref, preferences, limits, updated_at)
VALUES ($1, $2, '{}', $3, $4)
ON CONFLICT (merchant_id, customer_ref)
  DO UPDATE SET limits = $3, updated_at = $4, version = customer_config.version + 1
"""
_LIMITS = """
SELECT limits FROM customer_config WHERE merchant_id = $1 AND customer_ref = $2
  AND limits <> '{}' FOR NO KEY UPDATE
"""
_USED = """
SELECT
  (SELECT coalesce(sum(p.amount), 0) FROM payment p
    WHERE p.merchant_id = $1 AND p.customer_ref = $2 AND p.created_at > $3 AND p.id <> $4
      AND p.status IN ('pending', 'authorized', 'paid')) AS paid,
  (SELECT count(*) FROM payment p JOIN attempt a ON a.payment_id = p.id
    WHERE p.merchant_id = $1 AND p.customer_ref = $2 AND p.created_at > $5
      AND a.created_at > $3) AS attempts
"""


async def set_limits(
    engine: Engine, merchant_id: str, customer_ref: str, limits: LimitsIn
) -> dict[str, int]:
    """Set all of a customer's limits, in paise and times; those left out are lifted."""
    kept: dict[str, int] = limits.model_dump(exclude_none=True)
    values = [merchant_id, customer_ref, orjson.dumps(kept).decode(), engine.now()]
    await connections.get("default").execute_query(_SET, values)
    return kept


async def check_limits(tx: BaseDBAsyncClient, payment: Payment, now: datetime) -> None:
    """Refuse an attempt on a payment that is above its customer's limits.

    Call it in the transaction that writes the intent: two at once are counted one by one. A day
    is the last 24 hours; money that may still arrive counts as paid. Raises LimitExceeded.
    """
    owner = [payment.merchant_id, payment.customer_ref]
    rows = await tx.execute_query_dict(_LIMITS, owner)
    if not rows:
        return
    limits: dict[str, int] = orjson.loads(rows[0]["limits"])
    values = [*owner, now - _DAY, payment.id, now - 2 * _DAY]
    [used] = await tx.execute_query_dict(_USED, values)
    _compare(limits, "per_payment", payment.amount)
    _compare(limits, "per_day", int(used["paid"]) + payment.amount)
    _compare(limits, "attempts_per_day", used["attempts"] + 1)


def _compare(limits: dict[str, int], name: str, wanted: int) -> None:
    most = limits.get(name)
    if most is None or wanted <= most:
        return
    shown: Any = most if name == "attempts_per_day" else display(Paise(most))
    raise LimitExceeded(f"{name} is {shown} for this customer", limit=name, most=most)
