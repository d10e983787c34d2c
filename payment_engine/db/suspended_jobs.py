"""Jobs that failed too often: let run again, or removed, by a person."""

from datetime import datetime

from payment_engine.db.connection import Connection

_RESUME = """
UPDATE job SET held_at = NULL, attempts = 0, lease_until = NULL, run_at = $2
WHERE id = $1 AND held_at IS NOT NULL RETURNING id
"""
_DROP = "DELETE FROM job WHERE id = $1 AND held_at IS NOT NULL RETURNING id"
_NEEDED = """
SELECT EXISTS (
  SELECT FROM attempt WHERE id = $1 AND $2 <> 'save_card' AND $2 <> 'save_vpa'
    AND settled_at IS NULL
  UNION ALL SELECT FROM refund WHERE id = $1 AND settled_at IS NULL
  UNION ALL SELECT FROM payment WHERE id = $1 AND closing IS NULL AND status IN ('open', 'pending')
) AS needed
"""


async def resume(db: Connection, job_id: int, now: datetime) -> bool:
    """Let a suspended job run now, as if it had never failed; False if it is not suspended."""
    return bool(await db.execute_query_dict(_RESUME, [job_id, now]))


async def drop(db: Connection, job_id: int) -> bool:
    """Remove a suspended job; False if it is not suspended."""
    return bool(await db.execute_query_dict(_DROP, [job_id]))


async def is_needed(db: Connection, subject: str, kind: str) -> bool:
    """Whether what a job is about is not decided: without the job, nothing would follow it up."""
    [row] = await db.execute_query_dict(_NEEDED, [subject, kind])
    return bool(row["needed"])
