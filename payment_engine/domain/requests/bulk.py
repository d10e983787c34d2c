"""Which rows an action on many of them is about: the filters of their list, and a reason."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from payment_engine.domain.errors import SignatureFault
from payment_engine.domain.payment_methods import Method
from payment_engine.domain.requests.admin import ActIn
from payment_engine.domain.requests.fields import GatewayName, Moment


class BulkIn(ActIn):
    """What all of these take: a time within which the rows were created, and their age."""

    since: Moment | None = None
    until: Moment | None = None
    older_than: Annotated[int, Field(strict=True, ge=0, le=400 * 86_400)] = 0

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.since and self.until and self.since >= self.until:
            raise PydanticCustomError("window", "must be later than since", {"field": "until"})
        return self


class BulkSyncIn(BulkIn):
    """Which attempts to look up at their gateways."""

    state: Literal["unsettled", "overdue", "review", "created", "pending", "authorized", "failed"]
    gateway: GatewayName | None = None
    method: Method | None = None


class BulkRetryIn(BulkIn):
    """Which refunds to look up, and to send again if their gateway does not have them."""

    state: Literal["unsettled", "review", "created", "pending", "manual_review", "failed"]
    gateway: GatewayName | None = None
    method: Method | None = None


class BulkRedeliverIn(BulkIn):
    """Which messages to send to the order service again."""

    state: Literal["dead", "undeliverable"]


class BulkReverifyIn(BulkIn):
    """Which quarantined webhooks to verify again."""

    gateway: GatewayName | None = None
    cause: SignatureFault | Literal["not_understood"] | None = None
