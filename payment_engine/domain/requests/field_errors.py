"""Pydantic's errors as JSON pointers and messages."""

from collections.abc import Iterable
from typing import Any

from payment_engine.domain.errors import FieldError

_MAX_NAME = 80


def field_error(error: dict[str, Any], *, tagged: bool = False) -> FieldError:
    """One of pydantic's errors; ``tagged``: of a body that is a tagged union.

    A rule over several fields names the field in its context. The message never repeats the value.
    """
    return {"pointer": _pointer(error, tagged=tagged), "message": _message(error)}


def json_pointer(path: Iterable[str | int]) -> str:
    """The JSON pointer of a path (RFC 6901); an overlong name is cut."""
    parts = (str(part)[:_MAX_NAME].replace("~", "~0").replace("/", "~1") for part in path)
    return "".join(f"/{part}" for part in parts)


def _pointer(error: dict[str, Any], *, tagged: bool) -> str:
    path, context = error["loc"], error.get("ctx", {})
    if tagged:
        path = path[1:]  # pydantic puts the tag first
    if path[-1:] == ("[key]",):
        path = path[:-1]  # the name of a member is wrong, not a value in it
    if "discriminator" in context:
        path = (context["discriminator"].strip("'"),)
    return json_pointer((*path, *([context["field"]] if "field" in context else [])))


def _message(error: dict[str, Any]) -> str:
    context = error.get("ctx", {})
    if error["type"] == "union_tag_not_found":
        return "Field required"
    if context.get("field_type") == "Value":  # a length that is checked after the text is cleaned
        if error["type"] == "too_short":
            return f"String should have at least {context['min_length']} characters"
        return f"String should have at most {context['max_length']} characters"
    expected = context.get("expected_tags")
    return f"must be one of {expected}" if expected else str(error["msg"])
