"""Rows with something encrypted, read in pages and written back encrypted anew."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from payment_engine.db.connection import Connections


@dataclass(frozen=True)
class SealedColumn:
    """An encrypted column of a table; ``hash_column`` has a keyed hash of the same text."""

    table: str
    column: str
    hash_column: str | None = None
    suffix: str = ""
    """What follows the row's id in what the value is bound to."""
    taken: str = "false"
    """Whether another row has the hash already, which then stays as it is."""


_SAVED_TWICE = """EXISTS (SELECT FROM saved_vpa o WHERE o.merchant_id = t.merchant_id
  AND o.customer_ref = t.customer_ref AND o.vpa_hash = g.hash AND o.id <> t.id)"""
SEALED = (
    SealedColumn("payment", "customer", "phone_hash"),
    SealedColumn("attempt", "next_action"),
    SealedColumn("attempt", "payer", "payer_hash"),
    SealedColumn("card_token", "sealed"),
    SealedColumn("consent", "circumstances"),
    SealedColumn("inbox_notice", "sealed"),
    SealedColumn("linked_wallet", "sealed"),
    SealedColumn("merchant", "notify_sealed", suffix=":notify"),
    SealedColumn("merchant", "former_notify_sealed", suffix=":notify"),
    SealedColumn("quarantined", "sealed"),
    SealedColumn("saved_vpa", "sealed", "vpa_hash", taken=_SAVED_TWICE),
)
"""All but the answers under idempotency keys, which are deleted after days."""

_LAST = "SELECT max(id) AS id FROM (SELECT id FROM {table} WHERE id > $1 ORDER BY id LIMIT $2) p"
_STALE = """
SELECT id, {column} AS sealed FROM {table}
WHERE id > $1 AND id <= $2 AND substr({column}, 1, 4) <> $3 ORDER BY id
"""
_NEWEST = """
SELECT id, notify_sealed AS sealed FROM merchant WHERE notify_sealed IS NOT NULL
ORDER BY created_at DESC LIMIT 1
"""
_WRITE = """
UPDATE {table} t SET {column} = g.sealed{hashed} FROM unnest($1::text[], $2::bytea[], $3::bytea[],
  $4::bytea[]) AS g(id, before, sealed, hash)
WHERE t.id = g.id AND t.{column} = g.before
"""


@dataclass(frozen=True)
class Stale:
    """A value as it is stored, which may be encrypted by an older key."""

    id: str
    sealed: bytes


@dataclass(frozen=True)
class Anew:
    """The same, encrypted and hashed by the newest key. It replaces only what it was made from."""

    id: str
    before: bytes
    sealed: bytes
    hash: bytes | None = None


async def page_end(db: Connections, column: SealedColumn, after: str, rows: int) -> str | None:
    """The last id of the next so many rows; None if there are no more."""
    [row] = await db.fetch(_LAST.format(table=column.table), after, rows)
    return cast(str | None, row["id"])


async def stale_rows(
    db: Connections, column: SealedColumn, after: str, until: str, key_id: bytes
) -> list[Stale]:
    """What is encrypted by another key, of the rows after one and up to another."""
    sql = _STALE.format(table=column.table, column=column.column)
    return [Stale(row["id"], row["sealed"]) for row in await db.fetch(sql, after, until, key_id)]


async def newest_notify_secret(db: Connections) -> Stale | None:
    """The secret for messages of the newest merchant, with the merchant's id; None without one."""
    rows = await db.fetch(_NEWEST)
    return Stale(rows[0]["id"], rows[0]["sealed"]) if rows else None


async def write_anew(db: Connections, column: SealedColumn, rows: Sequence[Anew]) -> None:
    """Replace values in one statement, but those that have changed meanwhile."""
    name = column.hash_column
    fresh = f"CASE WHEN {column.taken} THEN t.{name} ELSE coalesce(g.hash, t.{name}) END"
    hashed = f", {name} = {fresh}" if name else ""
    sql = _WRITE.format(table=column.table, column=column.column, hashed=hashed)
    await db.fetch(
        sql,
        [row.id for row in rows],
        [row.before for row in rows],
        [row.sealed for row in rows],
        [row.hash for row in rows],
    )


async def keys_with_older(db: Connections, key_id: bytes) -> int:
    """How many answers under idempotency keys are encrypted by another key."""
    [row] = await db.fetch(
        "SELECT count(*) AS n FROM idempotency_key WHERE substr(response, 1, 4) <> $1", key_id
    )
    return int(row["n"])
