"""For people on call: find a payment, see what happened to it."""

from sanic import Blueprint

from payment_engine.blueprints.operation import Incoming, operation
from payment_engine.blueprints.schemas import SearchOut, TimelineOut
from payment_engine.domain import errors
from payment_engine.domain.requests import SearchQuery
from payment_engine.services.idempotency import Answer
from payment_engine.services.timeline import search, timeline

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
async def find(came: Incoming) -> Answer:
    """Newest first, fifty at most."""
    return Answer(200, {"payments": await search(came.caller, came.query.q)})


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
async def what_happened(came: Incoming) -> Answer:
    """History with its sources, calls and notices as they were (masked), words to the shop."""
    return Answer(200, await timeline(came.engine, came.caller, came.path["payment_id"]))
