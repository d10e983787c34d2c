"""Middleware of every gateway: records each request, and applies scripted faults to its answer."""

import asyncio
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import orjson
from sanic import Blueprint, HTTPResponse, Request

from payment_engine.mock.latency import latency
from payment_engine.mock.script import DISTORTIONS, Scripted, Stage
from payment_engine.mock.tampering import tampered
from payment_engine.mock.world import World

_HIDDEN_HEADERS = frozenset({"authorization", "cookie"})
_HIDDEN_FIELDS = ("card_", "name_on_card", "token", "otp", "cvv")
_GARBAGE = b"<html><head><title>Bad gateway</title></head><body>nginx</body></html>"
_HANG = 60.0


def _json(body: bytes, status: int) -> HTTPResponse:
    return HTTPResponse(body, status=status, content_type="application/json")


def tamper_unsigned(_: Request, response: HTTPResponse, scripted: Scripted) -> HTTPResponse:
    """The tampered answer of a gateway that signs nothing."""
    content = tampered(orjson.loads(response.body or b"{}"), scripted)
    changed = _json(orjson.dumps(content), response.status)
    changed.headers.extend(response.headers)
    return changed


def no_payment_facts(_: dict[str, str]) -> tuple[str | None, str | None]:
    """Those of a gateway whose requests name no instrument and no bank."""
    return None, None


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """What the middleware must know of a gateway's API."""

    gateway: str
    request_facts: Callable[[Request], tuple[str | None, dict[str, str]]]
    """The order id and the fields of a request; never raises."""
    error_body: bytes
    """The JSON body of a scripted 5xx."""
    tamper: Callable[[Request, HTTPResponse, Scripted], HTTPResponse] = tamper_unsigned
    """The answer changed as scripted, and signed as if it were true."""
    payment_facts: Callable[[dict[str, str]], tuple[str | None, str | None]] = no_payment_facts
    """The instrument and the bank that a request's fields name, if any."""


def add_middleware(blueprint: Blueprint, dialect: Dialect) -> None:
    """Record the requests of a gateway's blueprint and apply scripted faults to its answers."""

    async def before(request: Request) -> HTTPResponse | None:
        world: World = request.app.ctx.mock.world
        facts = _facts(request, world, dialect)
        request.ctx.latency = world.script.take(Stage.LATENCY, **facts)
        request.ctx.scripted = scripted = world.script.take(Stage.ANSWER, **facts)
        if not scripted or not _answers_before(scripted):
            return None
        request.ctx.scripted = None
        await _wait(request, world)
        return await _apply(request, None, scripted, dialect)

    async def after(request: Request, response: HTTPResponse) -> HTTPResponse | None:
        await _wait(request, request.app.ctx.mock.world)
        scripted: Scripted | None = getattr(request.ctx, "scripted", None)
        return await _apply(request, response, scripted, dialect) if scripted else None

    blueprint.middleware(before, "request")
    blueprint.middleware(after, "response")


def _facts(request: Request, world: World, dialect: Dialect) -> dict[str, str | None]:
    """What scripts are matched by. Records the request and starts its random choices."""
    order_id, fields = dialect.request_facts(request)
    world.random.begin(request.method, request.path, order_id)
    world.requests.append(_record(request, world, order_id, fields))
    instrument, bank = dialect.payment_facts(fields)
    return {
        "gateway": dialect.gateway,
        "path": request.path,
        "method": request.method,
        "order_id": order_id,
        "instrument": instrument,
        "bank": bank,
    }


async def _wait(request: Request, world: World) -> None:
    """Take as long as scripted; no other request waits for it."""
    scripted: Scripted | None = getattr(request.ctx, "latency", None)
    if scripted:
        request.ctx.latency = None
        await world.clock.sleep(latency(scripted.behaviour, world.random.generator("latency")))


def _answers_before(scripted: Scripted) -> bool:
    """Whether the request takes no effect; by default only that of ``http_status`` does not."""
    default = "before" if scripted.kind == "http_status" else "after"
    return bool(scripted.behaviour.get("when", default) == "before")


async def _apply(
    request: Request, response: HTTPResponse | None, scripted: Scripted, dialect: Dialect
) -> HTTPResponse | None:
    behaviour = scripted.behaviour
    match scripted.kind:
        case "http_status":
            answer = _json(dialect.error_body, int(behaviour.get("status", 500)))
            if "retry_after" in behaviour:
                answer.headers["retry-after"] = str(behaviour["retry_after"])
            return answer
        case "hang":
            world: World = request.app.ctx.mock.world
            await world.clock.sleep(float(behaviour.get("seconds", _HANG)))
        case "garbage":
            return HTTPResponse(_GARBAGE, content_type="text/html")
        case "reset":
            await _reset(request)
        case "truncate":
            await _truncate(request, (response and response.body) or dialect.error_body)
        case kind if kind in DISTORTIONS and response:
            return dialect.tamper(request, response, scripted)
    return response


async def _reset(request: Request) -> None:
    """Cut the connection with RST, as a crashing proxy does."""
    transport = _transport(request)
    connection = transport.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
    await _until_cancelled()


async def _truncate(request: Request, body: bytes) -> None:
    """Announce a whole body, send half of it, close."""
    head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(body)}"
    transport = _transport(request)
    transport.write(head.encode() + b"\r\n\r\n" + body[: len(body) // 2])
    transport.close()
    await _until_cancelled()


async def _until_cancelled() -> None:
    """Sanic cancels a request whose connection is closed."""
    await asyncio.Event().wait()


def _transport(request: Request) -> asyncio.Transport:
    """The connection; with any event loop it has the methods of asyncio's transports."""
    return cast(asyncio.Transport, request.transport)


def _record(
    request: Request, world: World, order_id: str | None, fields: dict[str, str]
) -> dict[str, Any]:
    """What is recorded of a request: no key, no card."""
    headers = {name.lower(): value for name, value in request.headers.items()}
    return {
        "at": world.clock.stamp(),
        "method": request.method,
        "path": request.path,
        "order_id": order_id,
        "headers": {n: v for n, v in headers.items() if n not in _HIDDEN_HEADERS},
        "fields": {n: "***" if _is_hidden(n) else v for n, v in fields.items()},
    }


def _is_hidden(name: str) -> bool:
    return any(part in name.lower() for part in _HIDDEN_FIELDS)
