"""What all documents share: no undeclared fields, and one way to write a time."""

from datetime import UTC, datetime
from typing import Annotated, overload

import orjson
from pydantic import ConfigDict, Field, with_config
from typing_extensions import TypedDict

document = with_config(ConfigDict(extra="forbid"))
"""Decorates the TypedDict of a document: it has the declared fields and no others."""

Time = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
"""A moment as documents have it, in RFC 3339: the text that ``format_time`` makes."""


@document
class LocalizedOut(TypedDict):
    """A sentence for customers, in each language that they can choose."""

    en: str
    hi: str


@overload
def format_time(at: datetime) -> str: ...
@overload
def format_time(at: None) -> None: ...
def format_time(at: datetime | None) -> str | None:
    """A time in RFC 3339, UTC, with milliseconds; orjson writes it in a third of the time."""
    if at is None:
        return None
    seconds = orjson.dumps(at.astimezone(UTC))[1:20].decode()
    return f"{seconds}.{at.microsecond // 1000:03}Z"
