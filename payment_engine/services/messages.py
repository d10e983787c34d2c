"""What the order service was sent, for one that has missed messages, and sending it again."""

from payment_engine.db import message_lists
from payment_engine.db.message_lists import StoredMessage
from payment_engine.domain.callers import Caller
from payment_engine.domain.events import MessageState
from payment_engine.domain.requests.cursors import MessageCursor
from payment_engine.domain.requests.messages import EventsQuery, RedeliverIn
from payment_engine.engine import Engine
from payment_engine.services.documents.message import EventList, RedeliveredOut, event_document

MOST_REDELIVERED = 1000
"""How many messages one request makes due again."""

_START = MessageCursor(transaction_id=-1, payment_id="", sequence=0)


async def list_messages(engine: Engine, caller: Caller, query: EventsQuery) -> EventList:
    """The merchant's messages after a cursor, in the order of their commits."""
    found = await _find(engine, caller, query)
    page = found[: query.limit]
    last = _cursor(page[-1]) if page else query.after
    return {
        "events": [event_document(message) for message in page],
        "cursor": str(last) if last else None,
        "more": len(found) > query.limit,
    }


async def redeliver(engine: Engine, caller: Caller, request: RedeliverIn) -> RedeliveredOut:
    """Make undelivered messages due again, the oldest first."""
    ids = await message_lists.redeliver(
        engine.db.connection,
        caller.merchant_id,
        [MessageState(state) for state in request.states],
        (request.created_after, request.created_before),
        engine.now(),
        MOST_REDELIVERED,
    )
    return {"messages": len(ids), "more": len(ids) == MOST_REDELIVERED}


async def _find(engine: Engine, caller: Caller, query: EventsQuery) -> list[StoredMessage]:
    db, after = engine.db.connection, query.after or _START
    start = (after.transaction_id, after.payment_id, after.sequence)
    if query.state is None:
        return await message_lists.list_messages(db, caller.merchant_id, start, query.limit + 1)
    state = MessageState(query.state)
    return await message_lists.list_failed(db, caller.merchant_id, start, query.limit + 1, state)


def _cursor(message: StoredMessage) -> MessageCursor:
    return MessageCursor(
        transaction_id=message.transaction_id,
        payment_id=message.payment_id,
        sequence=message.sequence,
    )
