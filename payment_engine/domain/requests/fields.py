"""What the fields of requests have in common: the base model and the types of single fields."""

import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from payment_engine.domain.money import MAX_AMOUNT

MAX_TEXT = 120

_PHONE = re.compile(r"(?:\+91|91|0)?([6-9][0-9]{9})")
_HOST = r"(?:[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.?|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?"
_URL = re.compile(rf"https?://{_HOST}(?:/[^\s#]*)?(?:\?[^\s#]*)?")


class Request(BaseModel):
    """The base: unknown fields are refused, and no error message repeats what was sent."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


def printable(text: str) -> str:
    """The text; raises PydanticCustomError if it has control characters or line breaks."""
    if not text.isprintable():
        raise PydanticCustomError("text", "must not contain control characters or line breaks")
    return text


def indian_mobile(text: str) -> str:
    """The ten digits of an Indian mobile number; raises PydanticCustomError for anything else."""
    found = _PHONE.fullmatch(re.sub("[ -]", "", text))
    if not found:
        raise PydanticCustomError("phone", "must be an Indian mobile number, such as 9876543210")
    return found.group(1)


def _web_address(text: str) -> str:
    if not _URL.fullmatch(text):
        raise PydanticCustomError("url", "must be an http or https address without a fragment")
    return text


Text = Annotated[str, Field(min_length=1, max_length=MAX_TEXT), AfterValidator(printable)]
Phone = Annotated[str, Field(max_length=20), AfterValidator(indian_mobile)]
WebAddress = Annotated[
    str, Field(max_length=1000), AfterValidator(printable), AfterValidator(_web_address)
]
Email = Annotated[
    str, Field(max_length=254, pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$"), AfterValidator(printable)
]
VpaText = Annotated[str, Field(min_length=1, max_length=300), AfterValidator(printable)]
PositiveAmount = Annotated[int, Field(strict=True, ge=1, le=MAX_AMOUNT)]
"""Paise, at least one."""
TextVersion = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,24}$")]
"""Which version of a consent text the customer read."""
StrictBool = Annotated[bool, Field(strict=True)]
