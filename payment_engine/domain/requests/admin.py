"""What on-call staff send: searches, lists, and actions with their reason."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from payment_engine.domain.money import MAX_AMOUNT
from payment_engine.domain.payment_methods import Method
from payment_engine.domain.requests.config import LimitsIn
from payment_engine.domain.requests.cursors import PageText
from payment_engine.domain.requests.fields import (
    GatewayName,
    Moment,
    Request,
    StrictBool,
    Text,
)

Reason = Annotated[Text, Field(min_length=3)]

Subject = Annotated[Text, Field(max_length=64)]
"""As long as the log of actions has room for."""

MAX_BATCH = 50
"""How much one bulk action works on at most."""


class SearchQuery(Request):
    """``q``: an id, reference, phone number or UPI ID; or an ``amount`` (paise) and a time."""

    q: Text | None = None
    amount: Annotated[int, Field(ge=1, le=MAX_AMOUNT)] | None = None
    since: Moment | None = None
    until: Moment | None = None

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


class ActIn(Request):
    """The reason of an action, and whether it is only tried out."""

    reason: Reason
    dry_run: StrictBool = False


class SyncBatchIn(ActIn):
    """Which attempts to check at their gateways; ``older_than`` in seconds, oldest first."""

    state: Literal[
        "unsettled", "overdue", "review", "created", "pending", "authorized", "failed"
    ] = "unsettled"
    older_than: Annotated[int, Field(strict=True, ge=0, le=400 * 86_400)] = 0
    gateway: GatewayName | None = None
    method: Method | None = None
    after: PageText | None = None
    limit: Annotated[int, Field(strict=True, ge=1, le=MAX_BATCH)] = MAX_BATCH


class ReverifyIn(ActIn):
    """Which quarantined webhooks to verify again, after a key was corrected."""

    gateway: GatewayName | None = None
    limit: Annotated[int, Field(strict=True, ge=1, le=MAX_BATCH)] = MAX_BATCH


class RouteIn(ActIn):
    """How a gateway is used for a method; what is left out stays as it is.

    ``expires_in``: after so many seconds, it is as it was before.
    """

    enabled: StrictBool | None = None
    weight: Annotated[int, Field(strict=True, ge=0, le=1000)] | None = None
    expires_in: Annotated[int, Field(strict=True, ge=60, le=7 * 86_400)] | None = None

    @model_validator(mode="after")
    def _something(self) -> Self:
        if self.enabled is None and self.weight is None:
            raise PydanticCustomError(
                "change", "send enabled, weight or both", {"field": "enabled"}
            )
        return self


class ProviderWeightIn(ActIn):
    """How much a gateway takes of a method for one bank, UPI app, wallet or card network; null: as
    much as of the method. ``expires_in``: after so many seconds it is null by itself."""

    weight: Annotated[int, Field(strict=True, ge=0, le=1000)] | None
    expires_in: Annotated[int, Field(strict=True, ge=60, le=7 * 86_400)] | None = None


class ProviderIn(ActIn):
    """Whether a bank, UPI app or wallet is down."""

    down: StrictBool


class BannerIn(ActIn):
    """What customers are told above the ways to pay; without ``en``, nothing any longer.

    ``expires_in``: for how many seconds. Without ``hi``, customers who read Hindi see the English.
    """

    en: Text | None = None
    hi: Text | None = None
    expires_in: Annotated[int, Field(strict=True, ge=60, le=7 * 86_400)] | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.hi is not None and self.en is None:
            raise PydanticCustomError("english", "send the text in English too", {"field": "en"})
        if self.en is not None and self.expires_in is None:
            raise PydanticCustomError(
                "end", "send for how many seconds customers see it", {"field": "expires_in"}
            )
        return self


class PauseIn(ActIn):
    """For how many seconds workers leave a kind of jobs alone; 0 ends the pause."""

    paused_for: Annotated[int, Field(strict=True, ge=0, le=6 * 3600)]


class CustomerLimitsIn(ActIn):
    """All of a customer's limits; those left out are removed."""

    limits: LimitsIn
