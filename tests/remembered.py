"""What libraries work out at each start, though it is always the same: once per process.

Of Sanic that is the format in which a handler's errors are shown, read from its source, a handler's
parameters, the parts of a path, and the compiled code that finds a route; of Tortoise what follows
from the models. Nearly every test starts both, and these took most of its start.
"""

from collections.abc import Callable
from functools import cache
from inspect import Signature, signature, unwrap
from types import CodeType
from typing import Any
from weakref import WeakSet

from sanic import router as sanic_router
from sanic.mixins import routes as sanic_routes
from sanic.mixins.routes import RouteMixin
from sanic_routing import BaseRouter, route, router, utils
from tortoise.apps import Apps
from tortoise.models import Model

_find_format: Callable[..., str] = RouteMixin._determine_error_format
_render = BaseRouter._render
_formats: dict[Any, str] = {}
_signatures: dict[Any, Signature] = {}
_compiled = cache(compile)
_build_querysets: Callable[[Apps], None] = Apps._build_initial_querysets
_built: WeakSet[type[Model]] = WeakSet()


def remember() -> None:
    """From now on, do all of that once."""
    RouteMixin._determine_error_format = _error_format
    BaseRouter._render = _render_once
    sanic_routes.signature = sanic_router.signature = _signature
    route.path_to_parts = router.path_to_parts = cache(utils.path_to_parts)
    Apps._build_initial_querysets = _build_querysets_once


def _error_format(mixin: RouteMixin, handler: Any) -> str:
    """By the handler's code: handlers made for each app share it."""
    code = getattr(unwrap(handler), "__code__", None)
    if code not in _formats:
        _formats[code] = _find_format(mixin, handler)
    return _formats[code]


def _signature(handler: Any) -> Signature:
    """By the handler's code, as its format."""
    code = getattr(unwrap(handler), "__code__", None)
    if code is None:
        return signature(handler)
    key = type(handler), code
    if key not in _signatures:
        _signatures[key] = signature(handler)
    return _signatures[key]


def _render_once(routes: BaseRouter, *_: bool) -> None:
    """As the router does, with code that was compiled for an equal router."""
    _render(routes, do_compile=False)
    code: CodeType = _compiled(routes.find_route_src, "<routes>", "exec")
    found: dict[str, Any] = {}
    exec(code, vars(router), found)  # noqa: S102 - what the router itself runs
    routes._find_route = found["find_route"]
    routes._matchers = found.get("matchers")


def _build_querysets_once(apps: Apps) -> None:
    models = {model for app in apps.apps.values() for model in app.values()}
    if not models <= set(_built):
        _build_querysets(apps)
        _built.update(models)
