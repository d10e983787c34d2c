"""Which rows a list for people on call shows: what all lists take, and the filters of each."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from payment_engine.domain.bulk import BulkState
from payment_engine.domain.errors import SignatureFault
from payment_engine.domain.jobs import JobKind
from payment_engine.domain.payment_methods import Method
from payment_engine.domain.requests.admin import Subject
from payment_engine.domain.requests.cursors import NumberedPageAfter, PageAfter
from payment_engine.domain.requests.fields import GatewayName, Moment, Request, Text
from payment_engine.domain.states import PaymentStatus

Age = Annotated[int, Field(ge=0, le=400 * 86_400)]
PageSize = Annotated[int, Field(ge=1, le=100)]
Order = Literal["oldest", "newest"]
OPEN_STATES = ("unsettled", "overdue", "review")


class PageQuery(Request):
    """What every list takes: a time, which end comes first, and ``after``, the ``next`` of the page
    before. ``older_than`` in seconds.
    """

    since: Moment | None = None
    until: Moment | None = None
    older_than: Age = 0
    order: Order = "newest"
    after: PageAfter | None = None
    limit: PageSize = 50

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.since and self.until and self.since >= self.until:
            raise PydanticCustomError("window", "must be later than since", {"field": "until"})
        return self


class AttemptsQuery(PageQuery):
    """Which attempts to list."""

    state: Literal[
        "any",
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
    gateway: GatewayName | None = None
    method: Method | None = None
    decline_code: Annotated[str, Field(pattern=r"^[a-z_]{1,48}$")] | None = None
    order: Order = "oldest"


class ConflictsQuery(PageQuery):
    """Which successes that cannot pay their orders to list; ``open``: the money is not back."""

    state: Literal["open", "returned", "any"] = "open"
    gateway: GatewayName | None = None
    order: Order = "oldest"


class RefundsQuery(PageQuery):
    """Which refunds to list."""

    state: Literal[
        "any",
        "unsettled",
        "review",
        "needs_approval",
        "rejected",
        "created",
        "pending",
        "manual_review",
        "succeeded",
        "failed",
    ] = "unsettled"
    gateway: GatewayName | None = None
    method: Method | None = None
    order: Order = "oldest"


class StaffPaymentsQuery(PageQuery):
    """Which payments to list."""

    status: PaymentStatus | None = None


class MessagesQuery(PageQuery):
    """Which messages to the order service to list: those that wait, by when they are due, that were
    given up, or that have no address."""

    state: Literal["waiting", "dead", "undeliverable"] = "waiting"
    order: Order = "oldest"


class NoticesQuery(PageQuery):
    """Which verified webhooks to list."""

    state: Literal["unhandled", "handled"] = "unhandled"
    gateway: GatewayName | None = None
    kind: Annotated[Text, Field(max_length=64)] | None = None


class QuarantineQuery(PageQuery):
    """Which webhooks that did not verify or could not be read to list."""

    state: Literal["waiting", "verified", "any"] = "waiting"
    gateway: GatewayName | None = None
    cause: SignatureFault | Literal["not_understood"] | None = None


class UnmatchedQuery(PageQuery):
    """Which charges and refunds that a gateway reported and that we do not know to list."""

    state: Literal["open", "matched", "any"] = "open"
    gateway: GatewayName | None = None
    kind: Literal["charge", "refund"] | None = None
    order: Order = "oldest"


class JobsQuery(PageQuery):
    """Which jobs that failed too often to list."""

    kind: JobKind | None = None
    gateway: GatewayName | None = None
    after: NumberedPageAfter | None = None


class ActionsQuery(PageQuery):
    """Which logged actions to list; ``reads``: which readings of personal data."""

    actor: Subject | None = None
    action: Annotated[str, Field(pattern=r"^[a-z_.]{1,40}$")] | None = None
    subject: Subject | None = None
    payment_id: Annotated[str, Field(pattern=r"^pay_[0-9a-hjkmnp-tv-z]{20}$")] | None = None
    reads: bool = False


class BulkQuery(PageQuery):
    """Which actions on many rows to list."""

    state: BulkState | None = None


class SeriesQuery(Request):
    """Which attempts a chart is of: those of the last ``minutes``, in intervals of ``every``."""

    gateway: GatewayName | None = None
    method: Method | None = None
    minutes: Annotated[int, Field(ge=5, le=24 * 60)] = 120
    every: Annotated[int, Field(ge=1, le=60)] = 5
