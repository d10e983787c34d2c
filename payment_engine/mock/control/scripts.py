"""Scripts by the control API: the table of kinds, listing, adding and dropping."""

from typing import Any, cast

from sanic import HTTPResponse, Request
from sanic.response import json

from payment_engine.mock.control.request import NotFound, body_of, is_form, respond
from payment_engine.mock.kinds import KINDS, MATCHED_BY, Stage
from payment_engine.mock.listening import Listener
from payment_engine.mock.script import ALWAYS, Scripted
from payment_engine.mock.state import mock_of

_REFUSED_SECONDS = 5.0
_NUMBERS = ("times", "probability")


async def kinds(_: Request) -> HTTPResponse:
    """The table of everything that can be scripted."""
    return json({"kinds": kinds_json()})


async def listing(request: Request) -> HTTPResponse:
    """The scripts that are still to happen."""
    return json({"scripts": [script_json(each) for each in mock_of(request).world.script.waiting]})


async def add(request: Request) -> HTTPResponse:
    """Queue ``{"match": {...}, "times": 1, "probability": 1, "behaviour": {"kind": ...}}``."""
    body = body_of(request)
    scripted = mock_of(request).world.script.add(_from_form(body) if is_form(request) else body)
    if scripted.stage is Stage.CONNECTION:
        seconds = float(scripted.behaviour.get("seconds", _REFUSED_SECONDS))
        await cast(Listener, request.app).refuse(seconds)
    return respond(request, script_json(scripted), 201)


async def drop(request: Request, script_id: str) -> HTTPResponse:
    """Drop one script."""
    if not mock_of(request).world.script.drop(script_id):
        raise NotFound(f"no script {script_id} waits")
    return respond(request, {"dropped": script_id})


async def drop_all(request: Request) -> HTTPResponse:
    """Drop all scripts."""
    mock_of(request).world.script.waiting.clear()
    return respond(request, {"scripts": []})


def kinds_json() -> list[dict[str, Any]]:
    """The table of kinds."""
    return [
        {
            "kind": name,
            "stage": kind.stage,
            "explanation": kind.explanation,
            "options": dict(kind.options),
            "times": ALWAYS if kind.lasting else 1,
            "matched_by": sorted(MATCHED_BY[kind.stage]),
        }
        for name, kind in KINDS.items()
    ]


def script_json(scripted: Scripted) -> dict[str, Any]:
    """A script as JSON; ``times`` is how often it will still happen."""
    return {
        "id": scripted.id,
        "stage": scripted.stage,
        "match": scripted.match,
        "times": ALWAYS if scripted.times is None else scripted.times,
        "probability": scripted.probability,
        "taken": scripted.taken,
        "behaviour": scripted.behaviour,
    }


def _from_form(form: dict[str, str]) -> dict[str, Any]:
    """A script from the page's form: ``kind``, ``match.*``, the options, times, probability.

    ``more`` has further options as ``name=value``.
    """
    more = (option.partition("=") for option in form.pop("more", "").split())
    form |= {name: value for name, _, value in more}
    match = {n.removeprefix("match."): v for n, v in form.items() if n.startswith("match.")}
    rest = {n: v for n, v in form.items() if not n.startswith("match.") and n not in _NUMBERS}
    numbers = {name: _value(form[name]) for name in _NUMBERS if name in form}
    return {"match": match, **numbers, "behaviour": {n: _value(v) for n, v in rest.items()}}


def _value(text: str) -> int | float | str:
    """A number where it reads as one."""
    if text.isdecimal():
        return int(text)
    return float(text) if text.replace(".", "", 1).isdecimal() else text


ROUTES = (
    (kinds, "GET", "/kinds"),
    (listing, "GET", "/scripts"),
    (add, "POST", "/scripts"),
    (drop_all, "DELETE", "/scripts"),
    (drop_all, "POST", "/scripts/drop"),
    (drop, "DELETE", "/scripts/<script_id>"),
    (drop, "POST", "/scripts/<script_id>/drop"),
)
