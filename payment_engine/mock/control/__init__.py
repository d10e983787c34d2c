"""The control API and its page: faults, outcomes, time, keys, settlement files, ledger."""

from sanic import Blueprint, HTTPResponse, Request
from sanic.response import json

from payment_engine.mock.control import (
    keys,
    orders,
    overview,
    records,
    scripts,
    settlements,
    time,
)
from payment_engine.mock.control.request import NotFound
from payment_engine.mock.imitation import Impossible
from payment_engine.mock.script import BadScript


def control_routes() -> Blueprint:
    """A blueprint of its own for each app."""
    routes = Blueprint("control", url_prefix="/control")
    for part in (orders, overview, records, scripts, settlements, time, keys):
        for handler, method, path in part.ROUTES:
            name = f"{part.__name__.rpartition('.')[2]}-{handler.__name__}-{method}"
            routes.add_route(handler, path, methods=[method], name=name)
    routes.exception(Impossible, BadScript)(_refused)
    return routes


def _refused(_: Request, error: Exception) -> HTTPResponse:
    return json({"error": str(error)}, status=404 if isinstance(error, NotFound) else 400)
