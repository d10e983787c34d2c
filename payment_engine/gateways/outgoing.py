"""What is sent to gateways, as bytes: bodies, and texts in addresses."""

import json as jsonlib
import re
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import quote, quote_plus

_UNRESERVED = re.compile("[A-Za-z0-9_.~-]*")
"""What is never escaped (RFC 3986, section 2.3). Most texts are such, which urllib finds out
character by character, in Python."""


class Body(NamedTuple):
    """The bytes of a request, and their media type; None where the caller's headers name it."""

    content: bytes
    media_type: str | None


def encoded_body(*, form: Mapping[str, str] | None, json: Any, content: bytes | None) -> Body:
    """The body of a form, of JSON, or one that is serialised already."""
    if form is not None:
        return Body(form_encoded(form), "application/x-www-form-urlencoded")
    if json is not None:
        text = jsonlib.dumps(json, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        return Body(text.encode(), "application/json")
    return Body(content or b"", None)


def form_encoded(form: Mapping[str, str]) -> bytes:
    """The fields of a form (application/x-www-form-urlencoded), where a blank is a plus.

    Raises UnicodeEncodeError for an unpaired surrogate.
    """
    return "&".join(f"{_in_form(name)}={_in_form(value)}" for name, value in form.items()).encode()


def escaped(text: str) -> str:
    """Text as one segment of an address; raises UnicodeEncodeError for an unpaired surrogate."""
    return text if _UNRESERVED.fullmatch(text) else quote(text, safe="")


def _in_form(text: str) -> str:
    return text if _UNRESERVED.fullmatch(text) else quote_plus(text)
