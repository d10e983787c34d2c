"""What the order service is sent: one message for each thing that happened to a payment."""

from datetime import datetime
from typing import cast

from typing_extensions import TypedDict

from payment_engine.db.message_lists import StoredMessage
from payment_engine.domain.decision import Announcement
from payment_engine.domain.events import MessageState, MessageType
from payment_engine.services.documents.base import Time, document, format_time
from payment_engine.services.documents.payment import PaymentOut


@document
class MessageData(TypedDict):
    """The attempt or refund that a message is about, if any, and the payment as it then stood."""

    attempt_id: str | None
    refund_id: str | None
    payment: PaymentOut


@document
class MessageOut(TypedDict):
    """The body of a message; ``timestamp`` is when it happened, ``sequence`` its place among the
    messages of its payment, from 1 without gaps."""

    type: MessageType
    timestamp: Time
    sequence: int
    data: MessageData


@document
class EventOut(MessageOut):
    """A stored message: its body, and its ``id``, the ``webhook-id`` of every delivery of it.

    ``last_error``: why its last delivery failed.
    """

    id: str
    state: MessageState
    deliveries: int
    last_error: str | None
    delivered_at: Time | None


@document
class EventList(TypedDict):
    """A page of messages. ``cursor``: what to read after next, also where nothing came after it
    yet; ``more``: whether there is more now."""

    events: list[EventOut]
    cursor: str | None
    more: bool


@document
class RedeliveredOut(TypedDict):
    """How many messages are due again; ``more``: send the same again for the rest."""

    messages: int
    more: bool


def message_document(
    announcement: Announcement, sequence: int, at: datetime, payment: PaymentOut
) -> MessageOut:
    """The message about something that happened at a time."""
    return {
        "type": announcement.type,
        "timestamp": format_time(at),
        "sequence": sequence,
        "data": {
            "attempt_id": announcement.attempt_id,
            "refund_id": announcement.refund_id,
            "payment": payment,
        },
    }


def event_document(message: StoredMessage) -> EventOut:
    """A stored message; one of an earlier release names no attempt or refund."""
    data = message.body["data"]
    return {
        "id": message.id,
        "type": MessageType(message.type),
        "timestamp": message.body.get("timestamp") or format_time(message.created_at),
        "sequence": message.sequence,
        "data": {
            "attempt_id": data.get("attempt_id"),
            "refund_id": data.get("refund_id"),
            "payment": cast(PaymentOut, data["payment"]),
        },
        "state": message.state,
        "deliveries": message.attempts,
        "last_error": message.last_error,
        "delivered_at": format_time(message.delivered_at),
    }
