"""A posted form as plain names and texts."""

from typing import Any

from sanic import Request


def form_of(request: Request) -> dict[str, str]:
    """Fields of a form, blank ones included; the last wins where a name repeats."""
    form: dict[str, list[Any]] = request.get_form(keep_blank_values=True) or {}
    return {name: str(values[-1]) for name, values in form.items()}
