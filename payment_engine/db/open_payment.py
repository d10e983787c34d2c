"""Opening a payment: key, payment, history and expiry job in one statement and one commit."""

from functools import cache

from payment_engine.db.connection import Connection
from payment_engine.db.models import IdempotencyKey, Payment
from payment_engine.db.rows import columns_of, insert_into, values_of

_OPEN = """
WITH claimed AS ({insert_key}), opened AS ({insert_payment} RETURNING id, created_at, expires_at),
expiry AS (
  INSERT INTO job (kind, subject, run_at, created_at)
  SELECT 'expire_payment', id, expires_at, created_at FROM opened
)
INSERT INTO payment_event (payment_id, version, type, source, data, at)
SELECT id, 1, 'payment.opened', 'caller', '{{}}', created_at FROM opened
"""


async def open_payment(db: Connection, payment: Payment, key: IdempotencyKey) -> None:
    """Write a new payment and the answered key that it is opened under.

    Raises tortoise's IntegrityError, having written nothing, if the key was used before or
    the order has a current payment: unique indexes refuse the statement as a whole.
    """
    await db.execute_query_dict(_statement(), [*values_of(key), *values_of(payment)])


@cache
def _statement() -> str:
    return _OPEN.format(
        insert_key=insert_into(IdempotencyKey, 1),
        insert_payment=insert_into(Payment, 1 + len(columns_of(IdempotencyKey))),
    )
