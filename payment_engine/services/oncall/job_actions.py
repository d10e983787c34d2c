"""Jobs: letting a suspended one run again, dropping one that nothing depends on, and pausing a
kind."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from payment_engine.db import job_pauses, suspended_jobs
from payment_engine.db.models import PausedJobKind
from payment_engine.db.worklists import JobRow
from payment_engine.domain.callers import Caller
from payment_engine.domain.errors import NotFound, StillNeeded
from payment_engine.domain.jobs import JobKind
from payment_engine.domain.requests.admin import ActIn, PauseIn
from payment_engine.engine import Engine
from payment_engine.services.documents.base import format_time
from payment_engine.services.documents.oncall import ActionOut, JobKindList
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


async def list_kinds(engine: Engine) -> JobKindList:
    """Every kind of jobs, and until when it is paused if it is."""
    now, rows = engine.now(), {row.kind: row for row in await PausedJobKind.all()}
    paused = {kind: row for kind, row in rows.items() if row.until > now}
    return {
        "kinds": [
            {
                "kind": kind.value,
                "paused_until": format_time(paused[kind].until) if kind in paused else None,
                "reason": paused[kind].reason if kind in paused else None,
                "changed_by": paused[kind].changed_by if kind in paused else None,
            }
            for kind in JobKind
        ]
    }


async def pause_kind(engine: Engine, caller: Caller, kind: str, request: PauseIn) -> ActionOut:
    """Let workers leave a kind of jobs alone for a time; each follows within a second.

    Raises NotFound.
    """
    if kind not in set(JobKind):
        raise NotFound
    until = engine.now() + timedelta(seconds=request.paused_for)
    action = ActionRequest(action="jobs.pause", subject=kind, request=request)
    facts = {"paused_until": format_time(until) if request.paused_for else None}

    async def work() -> Outcome:
        await job_pauses.pause(
            engine.db.connection,
            kind,
            until,
            reason=request.reason,
            changed_by=caller.actor,
            now=engine.now(),
        )
        return facts

    return await perform(engine, caller, action, facts, work)
