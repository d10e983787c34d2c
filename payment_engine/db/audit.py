"""Writes and reads audit records, which the database itself chains."""

from collections.abc import AsyncIterator, Iterable
from typing import Any

import asyncpg
import orjson

from payment_engine.db.connection import Connection
from payment_engine.db.models import AdminAction
from payment_engine.db.timeouts import ALLOW_LONG
from payment_engine.domain.audit_chain import Anchor, Chain, ChainCheck, Link

_APPEND = """
INSERT INTO admin_action (id, merchant_id, actor, action, subject, payment_id, reason, dry_run,
  request, outcome, at, reading)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) RETURNING number, previous, hash
"""
_SETTINGS = "SET LOCAL TimeZone = 'UTC'; SET LOCAL bytea_output = 'hex'"
"""What the text of a row depends on."""
_CHAINS = """
SELECT merchant_id, c.number, c.hash, c.oldest, c.before FROM audit_chain c
FULL JOIN (SELECT DISTINCT merchant_id FROM admin_action) a USING (merchant_id)
WHERE $1::text IS NULL OR merchant_id = $1 ORDER BY merchant_id
"""
_LINKS = """
SELECT id, number, previous, hash,
  (SELECT jsonb_object_agg(key, value)::text FROM jsonb_each(to_jsonb(a) - 'hash')
    WHERE value <> 'null') AS content
FROM admin_action a WHERE merchant_id = $1 ORDER BY number
"""
"""The text that is hashed: a row as JSON without its hash and without columns that are null, so
that a column added later is part of it and changes no record from before."""


async def append(db: Connection, record: AdminAction) -> None:
    """Insert a record; it gets its number and hashes.

    The records of a merchant are written one after the other: a transaction that appends one ends
    at once.
    """
    values = [
        *(record.id, record.merchant_id, record.actor, record.action, record.subject),
        *(record.payment_id, record.reason, record.dry_run),
        *(orjson.dumps(each).decode() for each in (record.request, record.outcome)),
        *(record.at, record.reading),
    ]
    rows = await db.execute_query_dict(_APPEND, values)
    record.update_from_dict(dict(rows[0]))


async def verify(
    connection: asyncpg.Connection, anchors: Iterable[Anchor], merchant_id: str | None = None
) -> AsyncIterator[tuple[Chain, str | None]]:
    """Each merchant's chain, and the first fault in it or None; all as of one moment."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        await connection.execute(ALLOW_LONG)
        await connection.execute(_SETTINGS)
        known = [*anchors]
        for row in await connection.fetch(_CHAINS, merchant_id):
            chain = _chain(row)
            own = {each.number: each.hash for each in known if each.merchant_id == row[0]}
            check = ChainCheck(chain, own)
            async for link in connection.cursor(_LINKS, chain.merchant_id):
                check.read(Link(**link))
            check.end()
            yield chain, check.fault


def _chain(row: Any) -> Chain:
    """Where a chain begins and ends; records without a chain should be none at all."""
    if row["number"] is None:
        return Chain(merchant_id=row["merchant_id"])
    return Chain(**row)
