"""Actions on suspended jobs, and on kinds of jobs."""

from sanic import Blueprint

from payment_engine.blueprints.operation import ApiCall, operation
from payment_engine.domain import errors
from payment_engine.domain.requests.admin import ActIn, PauseIn
from payment_engine.services.documents.oncall import ActionOut, JobKindList
from payment_engine.services.oncall import job_actions

blueprint = Blueprint("job_actions")


@operation(
    blueprint,
    "POST",
    "/v1/admin/jobs/<job_id:str>/resume",
    summary="Let a suspended job run again",
    callers={"admin"},
    role="operate",
    body=ActIn,
    answers={200: ActionOut},
    errors=(errors.NotFound,),
)
async def resume_job(call: ApiCall[ActIn]) -> ActionOut:
    """At once, and as often as one that never failed."""
    return await job_actions.resume_job(call.engine, call.caller, call.path["job_id"], call.body)


@operation(
    blueprint,
    "POST",
    "/v1/admin/jobs/<job_id:str>/drop",
    summary="Drop a suspended job that nothing depends on",
    callers={"admin"},
    role="operate",
    body=ActIn,
    answers={200: ActionOut},
    errors=(errors.NotFound, errors.StillNeeded),
)
async def drop_job(call: ApiCall[ActIn]) -> ActionOut:
    """Refused while the attempt, refund or payment that it is about is not decided."""
    return await job_actions.drop_job(call.engine, call.caller, call.path["job_id"], call.body)


@operation(
    blueprint,
    "GET",
    "/v1/admin/job-kinds",
    summary="List the kinds of jobs, and which are paused",
    callers={"admin"},
    role="read",
    platform=True,
    answers={200: JobKindList},
)
async def list_job_kinds(call: ApiCall) -> JobKindList:
    """With who paused a kind, why, and until when."""
    return await job_actions.list_kinds(call.engine)


@operation(
    blueprint,
    "PUT",
    "/v1/admin/job-kinds/<kind:str>",
    summary="Pause a kind of jobs for a time, or end the pause",
    callers={"admin"},
    role="config",
    platform=True,
    body=PauseIn,
    answers={200: ActionOut},
    errors=(errors.NotFound,),
)
async def pause_job_kind(call: ApiCall[PauseIn]) -> ActionOut:
    """Workers leave its jobs alone, at most for six hours; what an API does at once goes on."""
    return await job_actions.pause_kind(call.engine, call.caller, call.path["kind"], call.body)
