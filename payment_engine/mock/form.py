"""Reads posted forms."""

from typing import Any

from sanic import Request


def form_of(request: Request) -> dict[str, str]:
    """The fields of a form, blank ones included; of a repeated name the last one."""
    form: dict[str, list[Any]] = request.get_form(keep_blank_values=True) or {}
    return {name: str(values[-1]) for name, values in form.items()}
