"""Claims due jobs and runs them under a lease; a job that keeps failing is suspended."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta

import structlog

from payment_engine import metrics
from payment_engine.db.job_queues import Queue
from payment_engine.db.jobs import ClaimedJob, JobEnd
from payment_engine.domain.gateway import GatewayFailure
from payment_engine.domain.jobs import JobKind
from payment_engine.engine import Engine

JobHandler = Callable[[Engine, str], Awaitable[datetime | None]]
"""Does one job on one subject; returns when to run it again, or None when it is done."""

LEASE = timedelta(seconds=60)
"""Longer than any gateway call: a worker whose lease is over is dead."""
MOST_FAILURES = 20
_LONGEST_WAIT = 600.0

_log = structlog.get_logger()


async def claim(engine: Engine, queue: Queue, limit: int) -> list[ClaimedJob]:
    """Lease due jobs of a queue for this process."""
    return await engine.work.claim_jobs(engine.now(), LEASE, limit, queue)


async def run(engine: Engine, job: ClaimedJob, handlers: Mapping[JobKind, JobHandler]) -> None:
    """Run one claimed job and release it; an error of its handler is recorded, not raised.

    A job that is requested again while it runs is not lost. One that ran past its lease, and was
    claimed by another worker, is left to that worker.
    """
    try:
        again = await handlers[JobKind(job.kind)](engine, job.subject)
        metrics.jobs.labels(job.kind, "again" if again else "done").inc()
        end = JobEnd(job=job, again=again)
    except Exception as error:  # noqa: BLE001 - whatever failed, the job must not be lost
        end = _failed(engine, job, error)
    await engine.job_ends.do(end)


def _failed(engine: Engine, job: ClaimedJob, error: Exception) -> JobEnd:
    now = engine.now()
    suspended_at = now if job.attempts >= MOST_FAILURES else None
    again = now + timedelta(seconds=min(2.0**job.attempts, _LONGEST_WAIT))
    _log.error("job_failed", kind=job.kind, subject=job.subject, exc_info=error)
    metrics.jobs.labels(job.kind, "held" if suspended_at else "failed").inc()
    cause = f" {error.cause}" if isinstance(error, GatewayFailure) else ""
    reason = type(error).__name__ + cause
    return JobEnd(job=job, again=again, error=reason, suspended_at=suspended_at)
