"""For people on call: find a payment, see what happened, list what is stuck."""

from sanic import Blueprint

from payment_engine.blueprints.operation import ApiCall, operation
from payment_engine.blueprints.schemas.admin import (
    ActionList,
    QuarantineList,
    RouteList,
    RouteOut,
    StuckList,
)
from payment_engine.blueprints.schemas.payments import SearchOut, TimelineOut
from payment_engine.domain import errors
from payment_engine.domain.requests.admin import (
    ActionsQuery,
    AttemptsQuery,
    QuarantineQuery,
    SearchQuery,
)
from payment_engine.services.access.idempotency import Answer
from payment_engine.services.oncall import audit, route_actions, worklist
from payment_engine.services.oncall.search import search
from payment_engine.services.oncall.timeline import timeline
from payment_engine.services.webhooks import quarantine

blueprint = Blueprint("admin")


@operation(
    blueprint,
    "GET",
    "/v1/admin/search",
    summary="Find payments by any number somebody has in hand",
    callers={"admin"},
    role="read",
    query=SearchQuery,
    answers={200: SearchOut},
)
async def find(came: ApiCall) -> Answer:
    """Newest first, fifty at most."""
    return Answer(200, {"payments": await search(came.engine, came.caller, came.query)})


@operation(
    blueprint,
    "GET",
    "/v1/admin/payments/<payment_id:str>/timeline",
    summary="All that happened to a payment, in order",
    callers={"admin"},
    role="read",
    answers={200: TimelineOut},
    errors=(errors.NotFound,),
)
async def what_happened(came: ApiCall) -> Answer:
    """History with its sources, calls and notices as they were (masked), words to the shop."""
    return Answer(200, await timeline(came.engine, came.caller, came.path["payment_id"]))


@operation(
    blueprint,
    "GET",
    "/v1/admin/attempts",
    summary="Attempts that are stuck, pending or put before a person",
    callers={"admin"},
    role="read",
    query=AttemptsQuery,
    answers={200: StuckList},
)
async def stuck(came: ApiCall) -> Answer:
    """The oldest first."""
    return Answer(200, await worklist.attempts(came.engine, came.caller, came.query))


@operation(
    blueprint,
    "GET",
    "/v1/admin/quarantine",
    summary="Notices of gateways that did not verify",
    callers={"admin"},
    role="read",
    query=QuarantineQuery,
    answers={200: QuarantineList},
)
async def refused(came: ApiCall) -> Answer:
    """Newest first; what is in them is sealed."""
    return Answer(200, await quarantine.quarantined(came.query))


@operation(
    blueprint,
    "GET",
    "/v1/admin/routes",
    summary="Every gateway by every method: on, off, weight, trust",
    callers={"admin"},
    role="read",
    answers={200: RouteList},
)
async def routes(came: ApiCall) -> Answer:
    """As they are set at this moment."""
    return Answer(200, {"routes": await route_actions.routes(came.engine)})


@operation(
    blueprint,
    "GET",
    "/v1/admin/routes/<gateway:str>/<method:str>",
    summary="One gateway for one method",
    callers={"admin"},
    role="read",
    answers={200: RouteOut},
    errors=(errors.NotFound,),
)
async def route(came: ApiCall) -> Answer:
    """As it is set at this moment."""
    return Answer(
        200, await route_actions.route(came.engine, came.path["gateway"], came.path["method"])
    )


@operation(
    blueprint,
    "GET",
    "/v1/admin/actions",
    summary="What people on call did, and why",
    callers={"admin"},
    role="read",
    query=ActionsQuery,
    answers={200: ActionList},
)
async def deeds(came: ApiCall) -> Answer:
    """Newest first; nothing of it can be changed."""
    asked = came.query
    found = await audit.actions(
        came.caller,
        limit=asked.limit,
        before=asked.before,
        actor=asked.actor,
        subject=asked.subject,
        payment_id=asked.payment_id,
    )
    return Answer(200, found)
