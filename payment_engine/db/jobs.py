"""The job table: work requested in the transaction of a change, claimed later under a lease."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from payment_engine.db.connection import Connection
from payment_engine.domain.jobs import JobKind

_ENQUEUE = """
INSERT INTO job (kind, subject, run_at, gateway, attempts, created_at)
VALUES ($1, $2, $3, $4, 0, now())
ON CONFLICT (kind, subject) DO UPDATE
  SET run_at = least(job.run_at, excluded.run_at), attempts = 0, held_at = NULL,
    gateway = coalesce(excluded.gateway, job.gateway)
"""
_REASSIGN = "UPDATE job SET gateway = $3 WHERE kind = $1 AND subject = $2"
_WITHDRAW = "DELETE FROM job WHERE kind = $1 AND subject = $2"
_CLAIM = """
UPDATE job SET lease_until = $1::timestamptz + $2::interval, attempts = attempts + 1
WHERE id IN (
  SELECT id FROM job
  WHERE held_at IS NULL AND run_at <= $1 AND (lease_until IS NULL OR lease_until < $1)
    AND ($4::text IS NULL OR kind = $4) AND ($5::text IS NULL OR subject = $5)
    AND ($6::text IS NULL OR gateway = $6)
    AND ($7::text[] IS NULL OR gateway IS NULL OR gateway <> ALL ($7))
  ORDER BY run_at LIMIT $3 FOR UPDATE SKIP LOCKED)
RETURNING id, kind, subject, attempts, lease_until
"""
_DONE = "DELETE FROM job WHERE id = $1 AND lease_until = $2 AND attempts = $3"
_RELEASE = "UPDATE job SET lease_until = NULL WHERE id = $1 AND lease_until = $2"
_AGAIN = """
UPDATE job SET lease_until = NULL, attempts = 0, last_error = NULL,
  run_at = CASE WHEN attempts = $3 THEN $4 ELSE least(run_at, $4) END
WHERE id = $1 AND lease_until = $2
"""
_FAILED = """
UPDATE job SET lease_until = NULL, last_error = $5,
  run_at = CASE WHEN attempts = $3 THEN $4 ELSE least(run_at, $4) END,
  held_at = CASE WHEN attempts = $3 THEN $6::timestamptz END
WHERE id = $1 AND lease_until = $2
"""


@dataclass(frozen=True, kw_only=True)
class ClaimedJob:
    """A job under this worker's lease.

    ``kind`` is text, since another release may have kinds that this one does not know.
    ``attempts`` counts this run too; enqueueing the job again resets the count in its row, which
    is how the end of a run notices that the job was requested meanwhile.
    """

    id: int
    kind: str
    subject: str
    attempts: int
    lease_until: datetime


async def enqueue(
    db: Connection, kind: JobKind, subject: str, run_at: datetime, gateway: str | None = None
) -> None:
    """Request a job; if it exists, the earlier time wins and its failures are forgotten.

    ``gateway``: the one that the work will call, so that a slow gateway delays its own jobs only.
    """
    await db.execute_query(_ENQUEUE, [kind, subject, run_at, gateway])


async def reassign(db: Connection, kind: JobKind, subject: str, gateway: str) -> None:
    """From now on this job, if there is one, calls this gateway."""
    await db.execute_query(_REASSIGN, [kind, subject, gateway])


async def withdraw(db: Connection, kind: JobKind, subject: str) -> None:
    """Remove a job; one that is running now is not interrupted."""
    await db.execute_query(_WITHDRAW, [kind, subject])


async def claim(
    db: Connection,
    now: datetime,
    lease: timedelta,
    limit: int,
    *,
    kind: JobKind | None = None,
    subject: str | None = None,
    gateway: str | None = None,
    other_than: list[str] | None = None,
) -> list[ClaimedJob]:
    """Lease up to ``limit`` due jobs that nobody else has; any number of workers may call this at
    once.

    ``gateway``: only jobs that call it. ``other_than``: only jobs that call none of these.
    """
    values = [now, lease, limit, kind, subject, gateway, other_than]
    rows = await db.execute_query_dict(_CLAIM, values)
    return [ClaimedJob(**row) for row in rows]


async def finish(db: Connection, job: ClaimedJob) -> None:
    """Delete a job that is done; one that was requested again meanwhile stays, without a lease."""
    await db.execute_query(_DONE, [job.id, job.lease_until, job.attempts])
    await db.execute_query(_RELEASE, [job.id, job.lease_until])


async def run_again(db: Connection, job: ClaimedJob, at: datetime) -> None:
    """Release a job that has more to do, to run at ``at``, or earlier if that was requested."""
    await db.execute_query(_AGAIN, [job.id, job.lease_until, job.attempts, at])


async def record_failure(
    db: Connection, job: ClaimedJob, again: datetime, error: str, suspended_at: datetime | None
) -> None:
    """Release a job that failed; with ``suspended_at`` it waits until it is requested again."""
    values = [job.id, job.lease_until, job.attempts, again, error, suspended_at]
    await db.execute_query(_FAILED, values)
