"""The idempotency_key table: claimed with an intent, answered once, for one caller and key."""

from datetime import datetime

from payment_engine.db.connection import Connection

_CLAIM = """
INSERT INTO idempotency_key (merchant_id, key, fingerprint, resource_id, created_at)
VALUES ($1, $2, $3, $4, $5) ON CONFLICT (merchant_id, key) DO NOTHING RETURNING id
"""
_ANSWER = """
UPDATE idempotency_key SET status_code = $3, response = $4
WHERE merchant_id = $1 AND key = $2 AND response IS NULL
"""
_REPOINT = """
UPDATE idempotency_key SET resource_id = $3
WHERE merchant_id = $1 AND key = $2 AND response IS NULL
"""


async def claim(
    db: Connection,
    merchant_id: str,
    key: str,
    *,
    fingerprint: bytes,
    resource_id: str,
    now: datetime,
) -> bool:
    """Take the key for what is about to be made; False if it was taken before."""
    values = [merchant_id, key, fingerprint, resource_id, now]
    return bool(await db.execute_query_dict(_CLAIM, values))


async def store_answer(
    db: Connection, merchant_id: str, key: str, *, status: int, response: bytes
) -> None:
    """Store the encrypted answer, unless the key has one."""
    await db.execute_query(_ANSWER, [merchant_id, key, status, response])


async def repoint(db: Connection, merchant_id: str, key: str, resource_id: str) -> None:
    """Point an unanswered key at another row, which replaces the one it was claimed for."""
    await db.execute_query(_REPOINT, [merchant_id, key, resource_id])
