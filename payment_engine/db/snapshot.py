"""A payment with everything that hangs on it, read in one statement."""

from dataclasses import dataclass
from typing import Any, TypeVar

import orjson
from tortoise import connections
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.models import Model

from payment_engine.db.models.payment import Attempt, Payment
from payment_engine.db.models.refund import Refund

M = TypeVar("M", bound=Model)

_BYTES = frozenset({"next_action", "payer", "payer_hash"})

_READ = """
SELECT p.*,
  (SELECT jsonb_agg(to_jsonb(a) ORDER BY a.number) FROM attempt a WHERE a.payment_id = p.id)
    AS attempts,
  (SELECT jsonb_agg(to_jsonb(r) ORDER BY r.id) FROM refund r WHERE r.payment_id = p.id)
    AS refunds
FROM payment p WHERE {where}
"""
_LOCK = "SELECT id FROM payment WHERE id = $1 FOR UPDATE"
BY_ID = _READ.format(where="p.id = $1")
BY_ORDER = _READ.format(where="p.merchant_id = $1 AND p.order_id = $2") + " ORDER BY p.created_at"


@dataclass(kw_only=True)
class Snapshot:
    """A payment, its attempts in order, and its refunds, as they stood at one moment."""

    payment: Payment
    attempts: list[Attempt]
    refunds: list[Refund]

    def attempt(self, attempt_id: str) -> Attempt:
        """One attempt; raises StopIteration where there is none."""
        return next(attempt for attempt in self.attempts if attempt.id == attempt_id)

    def refund(self, refund_id: str) -> Refund:
        """One refund; raises StopIteration where there is none."""
        return next(refund for refund in self.refunds if refund.id == refund_id)

    @property
    def live(self) -> Attempt | None:
        """The attempt through which the customer may still be paying."""
        return next((attempt for attempt in self.attempts if attempt.live), None)

    @property
    def elected(self) -> Attempt | None:
        """The attempt whose money pays the order."""
        return next((attempt for attempt in self.attempts if attempt.elected), None)


async def read(payment_id: str, using: BaseDBAsyncClient | None = None) -> Snapshot | None:
    """The payment as it stands, or None."""
    rows = await _rows(BY_ID, [payment_id], using)
    return _snapshot(rows[0]) if rows else None


async def read_locked(payment_id: str, tx: BaseDBAsyncClient) -> Snapshot | None:
    """The payment as it stands once nobody else may change it: lock first, then look.

    In one statement the attempts would be read as they were before the wait for the lock.
    """
    if not await tx.execute_query_dict(_LOCK, [payment_id]):
        return None
    return await read(payment_id, tx)


async def read_order(merchant_id: str, order_id: str) -> list[Snapshot]:
    """Every payment of an order, oldest first."""
    return [_snapshot(row) for row in await _rows(BY_ORDER, [merchant_id, order_id], None)]


async def _rows(sql: str, values: list[Any], using: BaseDBAsyncClient | None) -> list[Any]:
    return list(await (using or connections.get("default")).execute_query_dict(sql, values))


def _snapshot(row: dict[str, Any]) -> Snapshot:
    attempts, refunds = row.pop("attempts"), row.pop("refunds")
    return Snapshot(
        payment=Payment(**row),
        attempts=[_model(Attempt, one) for one in orjson.loads(attempts or "[]")],
        refunds=[_model(Refund, one) for one in orjson.loads(refunds or "[]")],
    )


def _model(table: type[M], row: dict[str, Any]) -> M:
    for name in _BYTES & row.keys():
        if row[name]:
            row[name] = bytes.fromhex(row[name].removeprefix("\\x"))
    return table(**row)
