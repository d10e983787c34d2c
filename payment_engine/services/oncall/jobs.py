"""What each kind of job does, those of people on call included, unless its kind is paused."""

from collections.abc import Mapping
from datetime import timedelta

import structlog

from payment_engine.db.errors import database_away
from payment_engine.db.jobs import ClaimedJob, JobEnd
from payment_engine.domain.jobs import JobKind
from payment_engine.engine import Engine
from payment_engine.services import job_handlers
from payment_engine.services.oncall.bulk import handle_bulk_action
from payment_engine.services.queue import runner
from payment_engine.services.queue.runner import JobHandler

HANDLERS: Mapping[JobKind, JobHandler] = {
    **job_handlers.HANDLERS,
    JobKind.BULK_ACTION: handle_bulk_action,
}

_LOOKS_AGAIN = timedelta(seconds=30)
"""How long a job of a paused kind waits at most before it is looked at again: a pause may end
early."""

_log = structlog.get_logger()


async def run_job(engine: Engine, job: ClaimedJob) -> None:
    """Run a claimed job, or let it wait if its kind is paused."""
    if engine.job_pauses.stale():
        await refresh_pauses(engine)
    now = engine.now()
    until = engine.job_pauses.paused_until(job.kind, now)
    if until is None:
        await runner.run(engine, job, HANDLERS)
    else:
        await engine.job_ends.do(JobEnd(job=job, again=min(until, now + _LOOKS_AGAIN)))


async def refresh_pauses(engine: Engine) -> None:
    """Read what is paused; while the database is away, it is what was read last."""
    try:
        engine.job_pauses.update(await engine.work.read_pauses())
    except Exception as error:
        if not database_away(error):
            raise
        _log.warning("pauses_not_read", error=type(error).__name__)
