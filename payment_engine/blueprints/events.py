"""The messages of an order service, to read and to have sent again."""

from sanic import Blueprint

from payment_engine.blueprints.operation import ApiCall, operation
from payment_engine.domain.requests.messages import EventsQuery, RedeliverIn
from payment_engine.services import messages
from payment_engine.services.documents.message import EventList, RedeliveredOut

blueprint = Blueprint("events")


@operation(
    blueprint,
    "GET",
    "/v1/events",
    summary="List messages in the order in which they were written",
    callers={"service"},
    query=EventsQuery,
    answers={200: EventList},
)
async def list_events(call: ApiCall[None, EventsQuery]) -> EventList:
    """Oldest first; none is ever added before a cursor that was given out."""
    return await messages.list_messages(call.engine, call.caller, call.query)


@operation(
    blueprint,
    "POST",
    "/v1/events/redeliver",
    summary="Send undelivered messages again",
    callers={"service"},
    body=RedeliverIn,
    answers={202: RedeliveredOut},
)
async def redeliver_events(call: ApiCall[RedeliverIn]) -> RedeliveredOut:
    """At most a thousand at once, the oldest first; each has the id that it always had."""
    return await messages.redeliver(call.engine, call.caller, call.body)
