"""Suspended jobs: letting one run again, or dropping one that nothing depends on."""

from collections.abc import Awaitable, Callable

from payment_engine.db import suspended_jobs
from payment_engine.db.worklists import JobRow
from payment_engine.domain.callers import Caller
from payment_engine.domain.errors import NotFound, StillNeeded
from payment_engine.domain.requests.admin import ActIn
from payment_engine.engine import Engine
from payment_engine.services.documents.oncall import ActionOut
from payment_engine.services.oncall import worklist
from payment_engine.services.oncall.audit import ActionRequest, Outcome, perform


async def resume_job(engine: Engine, caller: Caller, job_id: str, request: ActIn) -> ActionOut:
    """Let a suspended job run now. Raises NotFound."""

    async def work(row: JobRow) -> bool:
        return await suspended_jobs.resume(engine.db.connection, int(row.id), engine.now())

    return await _act(engine, caller, job_id, "job.resume", request, work)


async def drop_job(engine: Engine, caller: Caller, job_id: str, request: ActIn) -> ActionOut:
    """Remove a suspended job. Raises NotFound; StillNeeded while what it is about is open."""

    async def work(row: JobRow) -> bool:
        if await suspended_jobs.is_needed(engine.db.connection, row.subject, row.kind):
            raise StillNeeded
        return await suspended_jobs.drop(engine.db.connection, int(row.id))

    return await _act(engine, caller, job_id, "job.drop", request, work)


async def _act(
    engine: Engine,
    caller: Caller,
    job_id: str,
    name: str,
    request: ActIn,
    work: Callable[[JobRow], Awaitable[bool]],
) -> ActionOut:
    row = await worklist.find_job(engine, caller, job_id)
    if row is None:
        raise NotFound
    action = ActionRequest(
        action=name, subject=row.subject, request=request, payment_id=row.payment_id
    )
    needed = await suspended_jobs.is_needed(engine.db.connection, row.subject, row.kind)
    facts = {"kind": row.kind, "last_error": row.last_error, "tries": row.tries, "needed": needed}

    async def done() -> Outcome:
        return {**facts, "done": await work(row)}

    return await perform(engine, caller, action, facts, done)
