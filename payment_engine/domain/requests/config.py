"""What callers may send about how a customer likes to pay."""

from typing import Annotated, Literal

from pydantic import Field

from payment_engine.domain.consents import Purpose
from payment_engine.domain.gateway import Method
from payment_engine.domain.requests.payments import Request

Language = Literal["en", "hi"]
Instrument = Annotated[str, Field(pattern=r"^(?:crd|vpa|wal)_[0-9a-z]{20}$")]


class ConsentIn(Request):
    """The customer's word on one purpose, and the version of the text that they read (TOK-2)."""

    given: Annotated[bool, Field(strict=True)]
    text_version: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,24}$")]


class ConfigIn(Request):
    """How a customer likes to pay. What a PUT leaves out goes back to its default, but for
    consents: these change only where they are named.

    In a PATCH (RFC 7396) what is left out stays and null goes back to the default; a consent of
    null is taken back.
    """

    preferred_method: Method | None = None
    default_instrument: Instrument | None = None
    hidden_methods: Annotated[list[Method], Field(max_length=len(Method))] | None = None
    language: Language | None = None
    consents: dict[Purpose, ConsentIn | None] | None = None


class LimitsIn(Request):
    """What a customer may pay, as people on call set it: paise and times; null is no limit."""

    per_payment: Annotated[int, Field(strict=True, ge=0)] | None = None
    per_day: Annotated[int, Field(strict=True, ge=0)] | None = None
    attempts_per_day: Annotated[int, Field(strict=True, ge=0, le=10_000)] | None = None
