"""Time and seed by the control API: moving the clock, freezing it, and starting over."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sanic import HTTPResponse, Request
from sanic.response import json

from payment_engine.mock.control.reading import body_of, done, is_form
from payment_engine.mock.imitation import Impossible
from payment_engine.mock.state import mock_of, new_mock
from payment_engine.mock.world import World


async def show(request: Request) -> HTTPResponse:
    """What time it is."""
    return json(clock_json(mock_of(request).world))


async def move(request: Request) -> HTTPResponse:
    """``{"advance": seconds}`` or ``{"set": "2026-11-24T10:00:00Z"}``: all that falls due on the
    way happens in order before the answer; ``{"freeze": true}`` stops time, false lets it run.
    """
    world, body = mock_of(request).world, body_of(request)
    if not set(body) & {"advance", "set", "freeze"}:
        raise Impossible("say advance (seconds), set (ISO 8601) or freeze (true or false)")
    if "freeze" in body and _flag(body["freeze"]):
        world.clock.freeze()
    if "set" in body:
        await world.clock.set(_moment(body["set"]))
    if "advance" in body:
        await world.clock.advance(_number(body["advance"], is_form(request)))
    if "freeze" in body and not _flag(body["freeze"]):
        world.clock.unfreeze()
    return done(request, clock_json(world))


async def reset(request: Request) -> HTTPResponse:
    """Forget everything; ``{"seed": n}`` starts over with another seed."""
    mock, body = mock_of(request), body_of(request)
    seed = body.get("seed", mock.world.config.seed)
    if is_form(request) and seed is not None:
        seed = int(seed) if str(seed).isdecimal() else "none"
    if seed is not None and type(seed) is not int:
        raise Impossible("seed is a whole number")
    request.app.ctx.mock = new_mock(replace(mock.world.config, seed=seed))
    await mock.world.end()
    return done(request, {"reset": True, "seed": mock_of(request).world.chance.seed})


def clock_json(world: World) -> dict[str, Any]:
    """The time, whether it stands still, and how much is still to happen."""
    clock = world.clock
    return {"now": clock.stamp(), "frozen": clock.frozen, "timers": clock.timers}


def _number(given: object, form: bool) -> float:  # noqa: FBT001
    try:
        if type(given) in (int, float) or (form and isinstance(given, str)):
            return float(str(given))
    except ValueError:
        pass
    raise Impossible("advance is a number of seconds")


def _flag(given: object) -> bool:
    return given is True or given == "true"


def _moment(given: object) -> datetime:
    try:
        moment = datetime.fromisoformat(str(given))
    except ValueError:
        raise Impossible("set is a moment as ISO 8601") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


ROUTES = (
    (show, "GET", "/clock"),
    (move, "POST", "/clock"),
    (reset, "POST", "/reset"),
)
