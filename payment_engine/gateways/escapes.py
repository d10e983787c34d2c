"""Texts in addresses and in bodies of forms."""

import re
from collections.abc import Mapping
from urllib.parse import quote, quote_plus

_UNRESERVED = re.compile("[A-Za-z0-9_.~-]*")
"""What is never escaped (RFC 3986, section 2.3). Most texts are such, which urllib finds out
character by character, in Python."""


def escaped(text: str) -> str:
    """Text as one segment of an address; raises UnicodeEncodeError for an unpaired surrogate."""
    return text if _UNRESERVED.fullmatch(text) else quote(text, safe="")


def form_encoded(form: Mapping[str, str]) -> bytes:
    """The body of a form (application/x-www-form-urlencoded), where a blank is a plus.

    Raises UnicodeEncodeError for an unpaired surrogate.
    """
    return "&".join(f"{_in_form(name)}={_in_form(value)}" for name, value in form.items()).encode()


def _in_form(text: str) -> str:
    return text if _UNRESERVED.fullmatch(text) else quote_plus(text)
