"""A payment with its attempts and refunds, read in one statement."""

from collections.abc import Collection
from dataclasses import dataclass

import orjson

from payment_engine.db.connection import Connection, Row
from payment_engine.db.models import Attempt, Payment, Refund
from payment_engine.db.rows import from_json

_READ = """
SELECT p.*,
  (SELECT jsonb_agg(to_jsonb(a) ORDER BY a.number) FROM attempt a WHERE a.payment_id = p.id)
    AS attempts,
  (SELECT jsonb_agg(to_jsonb(r) ORDER BY r.id) FROM refund r WHERE r.payment_id = p.id)
    AS refunds,
  EXISTS (SELECT FROM payment newer WHERE newer.merchant_id = p.merchant_id
    AND newer.order_id = p.order_id AND newer.created_at > p.created_at) AS superseded
FROM payment p WHERE {where}
"""
_LOCK = "SELECT id FROM payment WHERE id = $1 FOR UPDATE"
_VERSIONS = "SELECT id, version FROM payment WHERE id = ANY($1)"
BY_ID = _READ.format(where="p.id = $1")
BY_ATTEMPT = _READ.format(where="p.id = (SELECT payment_id FROM attempt WHERE id = $1)")
BY_ORDER = _READ.format(where="p.merchant_id = $1 AND p.order_id = $2") + " ORDER BY p.created_at"


@dataclass(kw_only=True)
class Snapshot:
    """A payment, its attempts in order, and its refunds, as they stood at one moment.

    ``superseded``: its order has a newer payment.
    """

    payment: Payment
    attempts: list[Attempt]
    refunds: list[Refund]
    superseded: bool = False

    def attempt(self, attempt_id: str) -> Attempt:
        """One attempt; raises StopIteration if there is none."""
        return next(attempt for attempt in self.attempts if attempt.id == attempt_id)

    def refund(self, refund_id: str) -> Refund:
        """One refund; raises StopIteration if there is none."""
        return next(refund for refund in self.refunds if refund.id == refund_id)

    @property
    def live(self) -> Attempt | None:
        """The attempt through which the customer may still be paying."""
        return next((attempt for attempt in self.attempts if attempt.live), None)

    @property
    def elected(self) -> Attempt | None:
        """The attempt whose money pays the order."""
        return next((attempt for attempt in self.attempts if attempt.elected), None)


async def read(db: Connection, payment_id: str) -> Snapshot | None:
    """The payment as it stands, or None."""
    rows = await db.execute_query_dict(BY_ID, [payment_id])
    return _snapshot(rows[0]) if rows else None


async def get(db: Connection, payment_id: str) -> Snapshot:
    """The payment as it stands, which is known to exist; raises ValueError if it does not."""
    [row] = await db.execute_query_dict(BY_ID, [payment_id])
    return _snapshot(row)


async def get_by_attempt(db: Connection, attempt_id: str) -> Snapshot:
    """The payment of an attempt that is known to exist; raises ValueError if it does not."""
    [row] = await db.execute_query_dict(BY_ATTEMPT, [attempt_id])
    return _snapshot(row)


async def read_locked(tx: Connection, payment_id: str) -> Snapshot | None:
    """The payment, locked until the transaction ends; or None.

    The lock is a statement of its own: in one, the attempts would be read as they were before the
    wait for the lock.
    """
    if not await tx.execute_query_dict(_LOCK, [payment_id]):
        return None
    return await read(tx, payment_id)


async def read_order(db: Connection, merchant_id: str, order_id: str) -> list[Snapshot]:
    """Every payment of an order, oldest first."""
    rows = await db.execute_query_dict(BY_ORDER, [merchant_id, order_id])
    return [_snapshot(row) for row in rows]


async def read_versions(db: Connection, payment_ids: Collection[str]) -> dict[str, int]:
    """The version of each of these payments that exists."""
    rows = await db.execute_query_dict(_VERSIONS, [list(payment_ids)])
    return {row["id"]: row["version"] for row in rows}


def _snapshot(row: Row) -> Snapshot:
    """Rows of one payment, each with those it belongs to."""
    attempts, refunds = row.pop("attempts"), row.pop("refunds")
    superseded = row.pop("superseded")
    snapshot = Snapshot(payment=Payment(**row), attempts=[], refunds=[], superseded=superseded)
    for each in orjson.loads(attempts or "[]"):
        attempt = Attempt(**from_json(Attempt, each))
        attempt.payment = snapshot.payment
        snapshot.attempts.append(attempt)
    for each in orjson.loads(refunds or "[]"):
        refund = Refund(**from_json(Refund, each))
        refund.attempt = snapshot.attempt(refund.attempt_id)
        snapshot.refunds.append(refund)
    return snapshot
