"""Time and seed by the control API: moving the clock, freezing it, and resetting the mock."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sanic import HTTPResponse, Request
from sanic.response import json

from payment_engine.mock.control.request import body_of, is_form, respond
from payment_engine.mock.imitation import Impossible
from payment_engine.mock.state import mock_of, new_mock
from payment_engine.mock.world import World


async def clock(request: Request) -> HTTPResponse:
    """The mock's time."""
    return json(clock_json(mock_of(request).world))


async def move(request: Request) -> HTTPResponse:
    """``{"advance": seconds}`` or ``{"set": "2026-11-24T10:00:00Z"}``: everything due on the way
    happens in order before the answer; ``{"freeze": true}`` stops time, false lets it run.
    """
    world = mock_of(request).world
    body = body_of(request)
    if not set(body) & {"advance", "set", "freeze"}:
        raise Impossible("give advance (seconds), set (ISO 8601) or freeze (true or false)")
    if "freeze" in body and _flag(body["freeze"]):
        world.clock.freeze()
    if "set" in body:
        await world.clock.set(_time(body["set"]))
    if "advance" in body:
        await world.clock.advance(_number(body["advance"], form=is_form(request)))
    if "freeze" in body and not _flag(body["freeze"]):
        world.clock.unfreeze()
    return respond(request, clock_json(world))


async def reset(request: Request) -> HTTPResponse:
    """Forget everything; ``{"seed": n}`` starts again with another seed."""
    mock = mock_of(request)
    body = body_of(request)
    seed = body.get("seed", mock.world.config.seed)
    if is_form(request) and seed is not None:
        seed = int(seed) if str(seed).isdecimal() else "none"
    if seed is not None and type(seed) is not int:
        raise Impossible("seed is a whole number")
    request.app.ctx.mock = new_mock(replace(mock.world.config, seed=seed))
    await mock.world.end()
    return respond(request, {"reset": True, "seed": mock_of(request).world.random.seed})


def clock_json(world: World) -> dict[str, Any]:
    """The time, whether it is frozen, and the number of timers."""
    return {
        "now": world.clock.stamp(),
        "frozen": world.clock.frozen,
        "timers": world.clock.timers,
    }


def _number(value: object, *, form: bool) -> float:
    try:
        if type(value) in (int, float) or (form and isinstance(value, str)):
            return float(str(value))
    except ValueError:
        pass
    raise Impossible("advance is a number of seconds")


def _flag(value: object) -> bool:
    return value is True or value == "true"


def _time(value: object) -> datetime:
    try:
        time = datetime.fromisoformat(str(value))
    except ValueError:
        raise Impossible("set is a time as ISO 8601") from None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


ROUTES = (
    (clock, "GET", "/clock"),
    (move, "POST", "/clock"),
    (reset, "POST", "/reset"),
)
