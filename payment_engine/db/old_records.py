"""Deletes old consents and audit records, as a role of its own that their triggers know."""

from collections.abc import Mapping
from datetime import datetime

import asyncpg

from payment_engine.db.timeouts import ALLOW_LONG

ROLE = "payment_engine_retention"
GRANTS = f"""
CREATE ROLE {ROLE} NOLOGIN;
GRANT SELECT, DELETE ON consent, admin_action TO {ROLE};
GRANT SELECT, UPDATE (oldest, before) ON audit_chain TO {ROLE};
GRANT SELECT ON saved_card, saved_vpa, linked_wallet TO {ROLE};
"""
"""What an administrator runs once, besides granting the role to whoever deletes."""
_BATCH = 1000
_OLD: Mapping[str, str] = {
    "admin_action": """
SELECT a.id FROM audit_chain c CROSS JOIN LATERAL (
  SELECT id, bool_or(at >= $1) OVER (ORDER BY number) AS stays FROM (
    SELECT id, number, at FROM admin_action WHERE merchant_id = c.merchant_id
    ORDER BY number LIMIT $2) oldest) a
WHERE NOT a.stays
""",
    "consent": """
SELECT k.id FROM consent k WHERE k.at < $1
  AND EXISTS (SELECT FROM consent later WHERE later.merchant_id = k.merchant_id
    AND later.customer_ref = k.customer_ref AND later.purpose = k.purpose AND later.at > k.at)
  AND NOT EXISTS (SELECT FROM saved_card c WHERE c.merchant_id = k.merchant_id
    AND c.customer_ref = k.customer_ref AND c.consent_id = k.id AND c.state <> 'deleted')
  AND NOT EXISTS (SELECT FROM saved_vpa v WHERE v.merchant_id = k.merchant_id
    AND v.customer_ref = k.customer_ref AND v.consent_id = k.id)
  AND NOT EXISTS (SELECT FROM linked_wallet w WHERE w.id = k.subject AND w.state = 'linked')
ORDER BY k.id LIMIT $2
""",
}
"""Audit records leave from the beginning of each merchant's chain, up to the first that stays.
A consent stays while it is a customer's latest for its purpose, or something is saved on it."""


class NoRetentionRole(Exception):
    """The role does not exist, or this connection may not use it."""


async def delete_records(url: str, before: datetime) -> dict[str, int]:
    """Delete what is older, a batch at a time; how many records of each table.

    Raises NoRetentionRole.
    """
    connection = await asyncpg.connect(url, statement_cache_size=0)
    try:
        return {
            table: await _delete(connection, table, selected, before)
            for table, selected in _OLD.items()
        }
    finally:
        await connection.close()


async def _delete(
    connection: asyncpg.Connection, table: str, selected: str, before: datetime
) -> int:
    statement = f"DELETE FROM {table} WHERE id = ANY(ARRAY({selected})) RETURNING 1"  # noqa: S608
    total = 0
    while True:
        async with connection.transaction():
            await connection.execute(ALLOW_LONG)
            deleted = len(await _fetch_as_retention(connection, statement, before))
        total += deleted
        if deleted < _BATCH:
            return total


async def _fetch_as_retention(
    connection: asyncpg.Connection, statement: str, before: datetime
) -> list[asyncpg.Record]:
    try:
        await connection.execute(f"SET LOCAL ROLE {ROLE}")
        rows: list[asyncpg.Record] = await connection.fetch(statement, before, _BATCH)
        return rows
    except (asyncpg.InvalidParameterValueError, asyncpg.InsufficientPrivilegeError) as error:
        raise NoRetentionRole from error
