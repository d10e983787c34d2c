"""The front door of every gateway: notes each request, and spoils its answer when scripted."""

import asyncio
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import orjson
from sanic import Blueprint, HTTPResponse, Request

from payment_engine.mock.distort import distort
from payment_engine.mock.latency import latency
from payment_engine.mock.script import DISTORTIONS, Scripted, Stage
from payment_engine.mock.world import World

_HIDDEN_HEADERS = frozenset({"authorization", "cookie"})
_HIDDEN_FIELDS = ("card_", "name_on_card", "token", "otp", "cvv")
_GARBAGE = b"<html><head><title>Bad gateway</title></head><body>nginx</body></html>"
_LONG = 60.0


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """What the front must know of a gateway's way of speaking."""

    gateway: str
    seen: Callable[[Request], tuple[str | None, dict[str, str]]]
    """The order id and the fields of a request; never raises."""
    broken: bytes
    """The JSON body of a scripted 5xx."""
    lie: Callable[[Request, HTTPResponse, Scripted], HTTPResponse]
    """The answer changed as scripted, and signed as if it were true."""
    paying: Callable[[dict[str, str]], tuple[str | None, str | None]] = lambda _: (None, None)
    """The instrument and the bank that a request's fields speak of, where they do."""


def guard(blueprint: Blueprint, dialect: Dialect) -> None:
    """Stand in front of a gateway."""

    async def arrive(request: Request) -> HTTPResponse | None:
        world: World = request.app.ctx.mock.world
        asked = _asked(request, world, dialect)
        request.ctx.latency = world.script.take(Stage.LATENCY, **asked)
        request.ctx.scripted = scripted = world.script.take(Stage.ANSWER, **asked)
        if not scripted or not _before(scripted):
            return None
        request.ctx.scripted = None
        await _linger(request, world)
        return await _spoil(request, None, scripted, dialect)

    async def leave(request: Request, response: HTTPResponse) -> HTTPResponse | None:
        await _linger(request, request.app.ctx.mock.world)
        scripted: Scripted | None = getattr(request.ctx, "scripted", None)
        return await _spoil(request, response, scripted, dialect) if scripted else None

    blueprint.middleware(arrive, "request")
    blueprint.middleware(leave, "response")


def _asked(request: Request, world: World, dialect: Dialect) -> dict[str, str | None]:
    """What scripts are matched by; the request is noted, and begins a strand of choices."""
    order_id, fields = dialect.seen(request)
    world.chance.begin(request.method, request.path, order_id)
    world.requests.append(_note(request, world, order_id, fields))
    instrument, bank = dialect.paying(fields)
    return {
        "gateway": dialect.gateway,
        "path": request.path,
        "method": request.method,
        "order_id": order_id,
        "instrument": instrument,
        "bank": bank,
    }


async def _linger(request: Request, world: World) -> None:
    """Take as long as scripted; nothing else waits for it."""
    scripted: Scripted | None = getattr(request.ctx, "latency", None)
    if scripted:
        request.ctx.latency = None
        await world.clock.sleep(latency(scripted.behaviour, world.chance.dice("latency")))


def _before(scripted: Scripted) -> bool:
    """Whether nothing is done for the request; only a plain ``http_status`` says so unasked."""
    usual = "before" if scripted.kind == "http_status" else "after"
    return bool(scripted.behaviour.get("when", usual) == "before")


async def _spoil(
    request: Request, response: HTTPResponse | None, scripted: Scripted, dialect: Dialect
) -> HTTPResponse | None:
    behaviour = scripted.behaviour
    match scripted.kind:
        case "http_status":
            return _json(dialect.broken, int(behaviour.get("status", 500)))
        case "hang":
            world: World = request.app.ctx.mock.world
            await world.clock.sleep(float(behaviour.get("seconds", _LONG)))
        case "garbage":
            return HTTPResponse(_GARBAGE, content_type="text/html")
        case "reset":
            await _reset(request)
        case "truncate":
            await _truncate(request, (response and response.body) or dialect.broken)
        case kind if kind in DISTORTIONS and response:
            return dialect.lie(request, response, scripted)
    return response


def _json(body: bytes, status: int) -> HTTPResponse:
    return HTTPResponse(body, status=status, content_type="application/json")


def lie(_: Request, response: HTTPResponse, scripted: Scripted) -> HTTPResponse:
    """The lie of a gateway that signs nothing."""
    content = distort(orjson.loads(response.body or b"{}"), scripted)
    spoiled = _json(orjson.dumps(content), response.status)
    spoiled.headers.extend(response.headers)
    return spoiled


async def _reset(request: Request) -> None:
    """Cut the connection with RST, as a crashing proxy does."""
    transport = _transport(request)
    peer = transport.get_extra_info("socket")
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
    await _disconnected()


async def _truncate(request: Request, body: bytes) -> None:
    """Promise a whole body, send half of it, hang up."""
    head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(body)}"
    transport = _transport(request)
    transport.write(head.encode() + b"\r\n\r\n" + body[: len(body) // 2])
    transport.close()
    await _disconnected()


async def _disconnected() -> None:
    """Sanic cancels a request whose connection is gone; until then there is nothing to say."""
    await asyncio.Event().wait()


def _transport(request: Request) -> asyncio.Transport:
    """The connection itself; whatever loop made it, it has the methods of asyncio's."""
    return cast(asyncio.Transport, request.transport)


def _note(
    request: Request, world: World, order_id: str | None, fields: dict[str, str]
) -> dict[str, Any]:
    """What may be remembered of a request: no key, no card."""
    headers = {n.lower(): v for n, v in request.headers.items()}
    return {
        "at": world.clock.stamp(),
        "method": request.method,
        "path": request.path,
        "order_id": order_id,
        "headers": {n: v for n, v in headers.items() if n not in _HIDDEN_HEADERS},
        "fields": {n: "***" if _hidden(n) else v for n, v in fields.items()},
    }


def _hidden(name: str) -> bool:
    return any(part in name.lower() for part in _HIDDEN_FIELDS)
