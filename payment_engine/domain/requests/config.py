"""User config, consents and limits in requests."""

from typing import Annotated, Literal

from pydantic import Field

from payment_engine.domain.consents import Purpose
from payment_engine.domain.gateway import Method
from payment_engine.domain.requests.payments import Request

Language = Literal["en", "hi"]
Instrument = Annotated[str, Field(pattern=r"^(?:crd|vpa|wal)_[0-9a-z]{20}$")]


class ConsentIn(Request):
    """The customer's consent to one purpose, and the version of the text they agreed to."""

    given: Annotated[bool, Field(strict=True)]
    text_version: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,24}$")]


class ConfigIn(Request):
    """How a customer prefers to pay.

    PUT resets omitted fields to their defaults, except consents, which change only if named. PATCH
    (RFC 7396) keeps omitted fields; null resets a field and withdraws a consent.
    """

    preferred_method: Method | None = None
    default_instrument: Instrument | None = None
    hidden_methods: Annotated[list[Method], Field(max_length=len(Method))] | None = None
    language: Language | None = None
    consents: dict[Purpose, ConsentIn | None] | None = None


class LimitsIn(Request):
    """What a customer may pay, set by on-call: amounts in paise and a count; null means no
    limit."""

    per_payment: Annotated[int, Field(strict=True, ge=0)] | None = None
    per_day: Annotated[int, Field(strict=True, ge=0)] | None = None
    attempts_per_day: Annotated[int, Field(strict=True, ge=0, le=10_000)] | None = None
