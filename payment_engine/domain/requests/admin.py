"""On-call requests: searches, lists, and actions with their reason."""

from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, Field, model_validator
from pydantic_core import PydanticCustomError

from payment_engine.domain.gateway import Method
from payment_engine.domain.money import MAX_AMOUNT
from payment_engine.domain.requests.config import LimitsIn
from payment_engine.domain.requests.payments import Request, Text

Reason = Annotated[Text, Field(min_length=3)]
GatewayName = Annotated[str, Field(pattern=r"^[a-z0-9_]{1,32}$")]
Cursor = Annotated[str, Field(pattern=r"^[a-z]{3}_[0-9a-hjkmnp-tv-z]{20}$")]
Age = Annotated[int, Field(ge=0, le=400 * 86_400)]
Few = Annotated[int, Field(ge=1, le=100)]

MOST_AT_ONCE = 50
"""The maximum number of rows in one bulk action."""


class SearchQuery(Request):
    """A search by any id, reference, phone or UPI ID, or by amount (paise) and time."""

    q: Text | None = None
    amount: Annotated[int, Field(ge=1, le=MAX_AMOUNT)] | None = None
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None

    @model_validator(mode="after")
    def _something(self) -> Self:
        if self.q is None and self.amount is None:
            raise PydanticCustomError("q", "send q, or amount with since and until", {"field": "q"})
        if self.amount is not None and (self.since is None or self.until is None):
            raise PydanticCustomError(
                "window",
                "an amount alone finds too many payments: send since and until",
                {"field": "since"},
            )
        return self


class AttemptsQuery(Request):
    """Which attempts to list; ``older_than`` in seconds, ``after`` the last id of the page
    before."""

    state: Literal[
        "unsettled",
        "overdue",
        "review",
        "created",
        "pending",
        "authorized",
        "captured",
        "failed",
        "voided",
    ] = "unsettled"
    older_than: Age = 0
    gateway: GatewayName | None = None
    method: Method | None = None
    after: Cursor | None = None
    limit: Few = 50


class ActionsQuery(Request):
    """Which on-call actions to list, newest first."""

    actor: Text | None = None
    subject: Text | None = None
    payment_id: Cursor | None = None
    before: Cursor | None = None
    limit: Few = 50


class QuarantineQuery(Request):
    """Which quarantined webhooks to list, newest first."""

    gateway: GatewayName | None = None
    before: Cursor | None = None
    limit: Few = 50


class ActIn(Request):
    """The reason of an action, and whether it is only a dry run."""

    reason: Reason
    dry_run: Annotated[bool, Field(strict=True)] = False


class SyncBatchIn(ActIn):
    """Which attempts to sync, oldest first; ``older_than`` in seconds."""

    state: Literal[
        "unsettled", "overdue", "review", "created", "pending", "authorized", "failed"
    ] = "unsettled"
    older_than: Annotated[int, Field(strict=True, ge=0, le=400 * 86_400)] = 0
    gateway: GatewayName | None = None
    method: Method | None = None
    after: Cursor | None = None
    limit: Annotated[int, Field(strict=True, ge=1, le=MOST_AT_ONCE)] = MOST_AT_ONCE


class ReverifyIn(ActIn):
    """Which quarantined webhooks to verify again, once a key is corrected."""

    gateway: GatewayName | None = None
    limit: Annotated[int, Field(strict=True, ge=1, le=MOST_AT_ONCE)] = MOST_AT_ONCE


class RouteIn(ActIn):
    """How a gateway is used for a method; omitted fields stay as they are."""

    enabled: Annotated[bool, Field(strict=True)] | None = None
    weight: Annotated[int, Field(strict=True, ge=0, le=1000)] | None = None

    @model_validator(mode="after")
    def _something(self) -> Self:
        if self.enabled is None and self.weight is None:
            raise PydanticCustomError(
                "change", "send enabled, weight or both", {"field": "enabled"}
            )
        return self


class CustomerLimitsIn(ActIn):
    """All of a customer's limits; omitted ones are removed."""

    limits: LimitsIn
