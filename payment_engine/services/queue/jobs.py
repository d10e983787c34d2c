"""Work for later in our own table: asked for in the change's transaction, done under a lease."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import structlog
from tortoise import connections
from tortoise.backends.base.client import BaseDBAsyncClient

from payment_engine import metrics
from payment_engine.engine import Engine

Work = Callable[[Engine, str], Awaitable[datetime | None]]
"""Does one job on one subject; answers when to do it again, or None when it is done."""

LEASE = timedelta(seconds=60)
"""Longer than any gateway call: whoever holds a lease past this is dead."""
MOST_FAILURES = 20

_log = structlog.get_logger()

_ENQUEUE = """
INSERT INTO job (kind, subject, run_at, gateway, attempts, created_at)
VALUES ($1, $2, $3, $4, 0, now())
ON CONFLICT (kind, subject) DO UPDATE
  SET run_at = least(job.run_at, excluded.run_at), attempts = 0, held_at = NULL,
    gateway = coalesce(excluded.gateway, job.gateway)
"""
_MOVE = "UPDATE job SET gateway = $3 WHERE kind = $1 AND subject = $2"
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
_WITHDRAW = "DELETE FROM job WHERE kind = $1 AND subject = $2"


async def enqueue(
    tx: BaseDBAsyncClient,
    kind: str,
    subject: str,
    run_at: datetime,
    gateway: str | None = None,
) -> None:
    """Ask for a job in the running transaction; an earlier time wins over a later one.

    ``gateway``: whom the work will call, so that it waits behind no other's (RTE-3).
    """
    await tx.execute_query(_ENQUEUE, [kind, subject, run_at, gateway])


async def move(tx: BaseDBAsyncClient, kind: str, subject: str, gateway: str) -> None:
    """From now on this job, if there is one, calls this gateway."""
    await tx.execute_query(_MOVE, [kind, subject, gateway])


async def withdraw(tx: BaseDBAsyncClient, kind: str, subject: str) -> None:
    """Ask no longer for a job; one that runs at this moment runs to its end."""
    await tx.execute_query(_WITHDRAW, [kind, subject])


async def claim(
    engine: Engine,
    most: int,
    kind: str | None = None,
    subject: str | None = None,
    *,
    gateway: str | None = None,
    others: list[str] | None = None,
) -> list[dict[str, Any]]:
    """Take up to ``most`` due jobs that nobody holds; many workers may ask at once.

    ``gateway``: only those that call it. ``others``: only those that call none of these.
    """
    values = [engine.now(), LEASE, most, kind, subject, gateway, others]
    return list(await connections.get("default").execute_query_dict(_CLAIM, values))


async def run(engine: Engine, job: dict[str, Any], works: Mapping[str, Work]) -> None:
    """Do one claimed job and let go of it; one that keeps failing is held for a person.

    A job asked for again while it ran is not forgotten: asking resets its count of tries. One
    that ran past its lease and was claimed by another is the other's to let go of.
    """
    database, mine = connections.get("default"), [job["id"], job["lease_until"]]
    try:
        again = await works[job["kind"]](engine, job["subject"])
    except Exception as error:  # noqa: BLE001 - whatever failed, the job must not be lost
        await _failed(engine, job, error)
        return
    metrics.jobs.labels(job["kind"], "again" if again else "done").inc()
    if again:
        await database.execute_query(_AGAIN, [*mine, job["attempts"], again])
    else:
        await database.execute_query(_DONE, [*mine, job["attempts"]])
        await database.execute_query(_RELEASE, mine)


async def _failed(engine: Engine, job: dict[str, Any], error: Exception) -> None:
    held = engine.now() if job["attempts"] >= MOST_FAILURES else None
    wait = timedelta(seconds=min(2.0 ** job["attempts"], 600))
    _log.error("job_failed", kind=job["kind"], subject=job["subject"], exc_info=error)
    metrics.jobs.labels(job["kind"], "held" if held else "failed").inc()
    mine, again = [job["id"], job["lease_until"]], engine.now() + wait
    values = [*mine, job["attempts"], again, type(error).__name__, held]
    await connections.get("default").execute_query(_FAILED, values)
