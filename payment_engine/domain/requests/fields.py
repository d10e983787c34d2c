"""What the fields of requests have in common: the base model and the types of single fields."""

import re
from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import urlsplit

import idna
from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from payment_engine.domain.money import MAX_AMOUNT

MAX_TEXT = 120

_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Control characters, line breaks and what reverses the direction of writing. Joiners (U+200C and
U+200D) belong to Indian scripts and to emoji."""
_PHONE = re.compile(r"(?:\+91|0091|91)?0?([6-9][0-9]{9})")
_AROUND_DIGITS = re.compile(
    "[\\s().\u00ad\u2010-\u2015\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff-]"
)
"""What people and phones write between the digits of a phone number."""
_OFFSET = re.compile(r" (?=[0-9]{2}:?[0-9]{2}$)")
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:")
REQUEST_ID = re.compile(r"[A-Za-z0-9_.:-]{1,64}")
"""What names a request: given by its caller, or by us."""
_HOST = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)*\.?|\[[0-9a-f:.]+\]")


class Request(BaseModel):
    """The base: unknown fields are refused, and no error message repeats what was sent."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


def printable(text: str) -> str:
    """The text; raises PydanticCustomError if it has control characters or line breaks."""
    if _UNPRINTABLE.search(text):
        raise PydanticCustomError("text", "must not contain control characters or line breaks")
    return text


def indian_mobile(text: str) -> str:
    """The ten digits of an Indian mobile number; raises PydanticCustomError for anything else."""
    found = _PHONE.fullmatch(_AROUND_DIGITS.sub("", text))
    if not found:
        raise PydanticCustomError("phone", "must be an Indian mobile number, such as 9876543210")
    return found.group(1)


def cleaned(text: str, longest: int) -> str:
    """A text that is only information, so that it never refuses a payment: without control
    characters, and cut."""
    return _UNPRINTABLE.sub(" ", text)[:longest]


def web_address(text: str) -> str:
    """The address with its scheme and host in ASCII; raises PydanticCustomError that says what is
    wrong with it."""
    if re.search(r"\s", text):
        raise PydanticCustomError("url", "must be an address without spaces")
    if "#" in text:
        raise PydanticCustomError("url", "must be an address without a fragment (#...)")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise PydanticCustomError("url", "must be an address with a host and port") from None
    if parts.scheme not in ("http", "https"):
        raise PydanticCustomError("url", "must begin with http:// or https://")
    if parts.username is not None:
        raise PydanticCustomError("url", "must be an address without a user name")
    host = _ascii_host(parts.hostname or "")
    netloc = host if port is None else f"{host}:{port}"
    if netloc == parts.netloc and text.startswith(f"{parts.scheme}:"):
        return text
    return parts._replace(netloc=netloc).geturl()


def _ascii_host(name: str) -> str:
    host = f"[{name}]" if ":" in name else name
    if not host.isascii():
        try:
            host = idna.encode(host, uts46=True).decode()
        except idna.IDNAError:
            host = ""
    if not _HOST.fullmatch(host):
        raise PydanticCustomError("url", "must have a valid host name, such as shop.example")
    return host


def _with_plus(given: object) -> object:
    """A time as typed in an address, where an unescaped plus arrives as a blank; raises
    PydanticCustomError for what is not written as RFC 3339 has it, such as seconds since 1970."""
    if isinstance(given, datetime):
        return given
    if not isinstance(given, str) or not _TIME.match(given):
        raise _not_a_time()
    return _OFFSET.sub("+", given)


def _within_calendar(moment: datetime) -> datetime:
    """The time, which is between the years 1 and 9999 in UTC, too; raises PydanticCustomError."""
    try:
        moment.astimezone(UTC)
    except OverflowError:
        raise _not_a_time() from None
    return moment


def _not_a_time() -> PydanticCustomError:
    return PydanticCustomError(
        "time", "must be a time with its offset, such as 2026-11-26T00:00:00Z"
    )


def check_window(created_after: datetime | None, created_before: datetime | None) -> None:
    """Raise PydanticCustomError if nothing can be within these times."""
    if created_after and created_before and created_after >= created_before:
        raise PydanticCustomError(
            "window", "must be later than created_after", {"field": "created_before"}
        )


Text = Annotated[str, Field(min_length=1, max_length=MAX_TEXT), AfterValidator(printable)]
Phone = Annotated[str, Field(max_length=40), AfterValidator(indian_mobile)]
WebAddress = Annotated[
    str, Field(max_length=1000), AfterValidator(printable), AfterValidator(web_address)
]
Email = Annotated[
    str, Field(max_length=254, pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$"), AfterValidator(printable)
]
VpaText = Annotated[str, Field(min_length=1, max_length=300), AfterValidator(printable)]
PositiveAmount = Annotated[int, Field(strict=True, ge=1, le=MAX_AMOUNT)]
"""Paise, at least one."""
GatewayName = Annotated[str, Field(pattern=r"^[a-z0-9_]{1,32}$")]
TextVersion = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,24}$")]
"""Which version of a consent text the customer read."""
StrictBool = Annotated[bool, Field(strict=True)]
Moment = Annotated[AwareDatetime, BeforeValidator(_with_plus), AfterValidator(_within_calendar)]
"""A time with its offset from UTC."""
