"""The description of the API, made once for all tests: it takes a fifth of a second."""

from functools import cache
from typing import Any

from payment_engine.blueprints.openapi import document


@cache
def description() -> dict[str, Any]:
    """The OpenAPI document."""
    return document()
