"""Kinds of jobs that wait, until when, and who let them."""

from datetime import datetime

from payment_engine.db.connection import Connection

_READ = "SELECT kind, until FROM paused_job_kind WHERE until > now()"
_PAUSE = """
INSERT INTO paused_job_kind (kind, until, reason, changed_by, changed_at)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (kind) DO UPDATE SET until = excluded.until, reason = excluded.reason,
  changed_by = excluded.changed_by, changed_at = excluded.changed_at
"""


async def read_pauses(db: Connection) -> dict[str, datetime]:
    """Until when each kind waits that does."""
    return {row["kind"]: row["until"] for row in await db.execute_query_dict(_READ)}


async def pause(
    db: Connection,
    kind: str,
    until: datetime,
    *,
    reason: str,
    changed_by: str | None,
    now: datetime,
) -> None:
    """Let jobs of a kind wait until a time; one that is past ends the pause."""
    await db.execute_query(_PAUSE, [kind, until, reason, changed_by, now])
