"""Routes outside the described API that are only read: by GET, or by HEAD for the headers alone."""

from collections.abc import Callable
from typing import TypeVar

from sanic import Blueprint
from sanic.models.handler_types import RouteHandler

ERROR_FORMAT = "json"
"""For a route without one, Sanic parses the source of its handler at each start."""

H = TypeVar("H", bound=RouteHandler)


def read_route(blueprint: Blueprint, path: str) -> Callable[[H], H]:
    """Serve the handler at ``path``."""

    def decorate(handler: H) -> H:
        blueprint.add_route(handler, path, methods=["GET", "HEAD"], error_format=ERROR_FORMAT)
        return handler

    return decorate
