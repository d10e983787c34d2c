"""The job table: work requested in the transaction of a change, claimed later under a lease."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from payment_engine.db.connection import Connection, Connections
from payment_engine.db.job_queues import Queue
from payment_engine.domain.jobs import JobKind
from payment_engine.domain.upi_policy import FLOWS

_ENQUEUE = """
INSERT INTO job (kind, subject, run_at, gateway, attempts, created_at)
VALUES ($1, $2, $3, $4, 0, now())
ON CONFLICT (kind, subject) DO UPDATE
  SET run_at = least(job.run_at, excluded.run_at), attempts = 0, held_at = NULL,
    gateway = coalesce(excluded.gateway, job.gateway)
"""
_REASSIGN = "UPDATE job SET gateway = $3 WHERE kind = $1 AND subject = $2"
_WITHDRAW = "DELETE FROM job WHERE kind = $1 AND subject = $2"
_HASTEN = """
UPDATE job SET run_at = $1 WHERE id = ANY(ARRAY(
  SELECT j.id FROM attempt a JOIN job j ON j.kind = 'check_charge' AND j.subject = a.id
  WHERE a.settled_at IS NULL AND a.status = 'created' AND a.created_at BETWEEN $2 AND $3
    AND a.method <> ALL($4::text[]) AND j.run_at > $1 AND j.lease_until IS NULL
  FOR UPDATE OF j SKIP LOCKED))
"""
_CLAIM = """
UPDATE job SET lease_until = $1::timestamptz + $2::interval, attempts = attempts + 1
WHERE id = ANY(ARRAY({due}))
RETURNING id, kind, subject, attempts, lease_until
"""
_END = """
WITH given AS (
  SELECT * FROM unnest($1::bigint[], $2::timestamptz[], $3::int[], $4::timestamptz[], $5::text[],
    $6::timestamptz[]) AS g(id, lease_until, attempts, again, error, suspended_at)
), ended AS MATERIALIZED (
  SELECT j.id, g.again, g.error, j.attempts <> g.attempts AS requested, g.suspended_at
  FROM job j JOIN given g ON g.id = j.id AND g.lease_until = j.lease_until
  ORDER BY j.kind, j.subject FOR UPDATE OF j
), done AS (
  DELETE FROM job WHERE id = ANY(ARRAY(SELECT id FROM ended WHERE again IS NULL AND NOT requested))
)
UPDATE job SET lease_until = NULL, last_error = e.error,
  attempts = CASE WHEN e.error IS NULL AND e.again IS NOT NULL THEN 0 ELSE job.attempts END,
  run_at = CASE WHEN e.again IS NULL THEN job.run_at
    WHEN e.requested THEN least(job.run_at, e.again) ELSE e.again END,
  held_at = CASE WHEN NOT e.requested THEN e.suspended_at END
FROM ended e
WHERE job.id = e.id AND job.id = ANY(ARRAY(
  SELECT id FROM ended WHERE again IS NOT NULL OR requested))
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


async def hasten_checks(db: Connection, now: datetime, since: datetime, until: datetime) -> int:
    """Make the checks due of attempts without an answer that were created in between.

    Those of UPI attempts stay when NPCI allows them. Returns how many there are.
    """
    count, _ = await db.execute_query(_HASTEN, [now, since, until, [*FLOWS]])
    return count


async def reassign(db: Connection, kind: JobKind, subject: str, gateway: str) -> None:
    """From now on this job, if there is one, calls this gateway."""
    await db.execute_query(_REASSIGN, [kind, subject, gateway])


async def withdraw(db: Connection, kind: JobKind, subject: str) -> None:
    """Remove a job; one that is running now is not interrupted."""
    await db.execute_query(_WITHDRAW, [kind, subject])


async def claim(
    db: Connection, now: datetime, lease: timedelta, limit: int, queue: Queue
) -> list[ClaimedJob]:
    """Lease up to ``limit`` due jobs of a queue that nobody else has; any number of workers may
    call this at once."""
    values = [now, lease, limit, *([] if queue.value is None else [queue.value])]
    rows = await db.execute_query_dict(claim_statement(queue), values)
    return [ClaimedJob(**row) for row in rows]


def claim_statement(queue: Queue) -> str:
    """Takes the time, the lease, how many at most, and the queue's value if it has one."""
    return _CLAIM.format(due=queue.due)


@dataclass(frozen=True, kw_only=True)
class JobEnd:
    """How a run of a claimed job ended.

    ``again``: when it runs next, None if it is done. ``error``: why it failed. ``suspended_at``:
    since when it waits until it is requested again, None if it goes on by itself.
    """

    job: ClaimedJob
    again: datetime | None = None
    error: str | None = None
    suspended_at: datetime | None = None


async def end(db: Connections, ends: Sequence[JobEnd]) -> list[None]:
    """Release jobs that ran, in one statement; those that are done are deleted.

    A job that was requested again meanwhile stays, and the earlier time wins. One whose lease was
    taken by another worker is left to that worker.
    """
    columns = (
        [each.job.id for each in ends],
        [each.job.lease_until for each in ends],
        [each.job.attempts for each in ends],
        [each.again for each in ends],
        [each.error for each in ends],
        [each.suspended_at for each in ends],
    )
    await db.fetch(_END, *columns)
    return [None] * len(ends)
