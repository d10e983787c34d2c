"""What callers send to change user config, consents and limits."""

from typing import Annotated, Literal

from pydantic import Field

from payment_engine.domain.consents import Purpose
from payment_engine.domain.payment_methods import Method
from payment_engine.domain.requests.fields import Request, StrictBool, TextVersion

Language = Literal["en", "hi"]
InstrumentId = Annotated[str, Field(pattern=r"^(?:crd|vpa|wal)_[0-9a-z]{20}$")]
Limit = Annotated[int, Field(strict=True, ge=0)]


class ConsentIn(Request):
    """A consent given or refused, and the version of the text that the customer read."""

    given: StrictBool
    text_version: TextVersion


class ConfigIn(Request):
    """How a customer prefers to pay.

    PUT resets what it leaves out to the default, except consents, which change only if named.
    PATCH (RFC 7396) keeps what it leaves out and resets what is null; a null consent is withdrawn.
    """

    preferred_method: Method | None = None
    default_instrument: InstrumentId | None = None
    hidden_methods: Annotated[list[Method], Field(max_length=len(Method))] | None = None
    language: Language | None = None
    consents: dict[Purpose, ConsentIn | None] | None = None


class LimitsIn(Request):
    """What a customer may pay: paise per payment and per day, attempts per day; null: no limit."""

    per_payment: Limit | None = None
    per_day: Limit | None = None
    attempts_per_day: Annotated[int, Field(strict=True, ge=0, le=10_000)] | None = None
