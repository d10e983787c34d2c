"""What an order service sends to catch up: which messages to list, and which to send again."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from payment_engine.domain.requests.cursors import MessagesAfter
from payment_engine.domain.requests.fields import Moment, Request, check_window

FailedState = Literal["dead", "undeliverable"]


class EventsQuery(Request):
    """Which messages to list: those ``after`` a cursor; of a state: those that failed so."""

    after: MessagesAfter | None = None
    state: FailedState | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 50


class RedeliverIn(Request):
    """Which undelivered messages to send again: those created within these times."""

    created_after: Moment
    created_before: Moment
    states: Annotated[tuple[FailedState, ...], Field(min_length=1, max_length=2)] = (
        "dead",
        "undeliverable",
    )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        check_window(self.created_after, self.created_before)
        return self
