"""What is measured: a burst of one kind of request at one server."""

import asyncio
import random
import time
import uuid
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import aiohttp

from bench.engine import WEBHOOK, Server
from bench.load.open_loop import Call
from bench.load.wrk import Burst, burst

METHODS = "methods?platform=android&upi_apps=gpay,phonepe"
UPI = {"method": "upi_intent", "app": "gpay", "client": {"platform": "android"}}
_FIRST_RATE = 300
"""Attempts a second that a server is expected to start, until it was measured."""
_SETTLED = 3.0
"""Seconds in which what webhooks report is confirmed by a look at the gateway."""
_PAUSE = 0.5
"""Seconds until a server no longer counts the requests that prepared the burst."""
_SPARE = 3
"""Times as many payments are opened as the last burst needed."""


@dataclass(frozen=True)
class Load:
    """How a burst loads a server."""

    connections: int
    seconds: int


Measure = Callable[[str], Burst]
Around = Callable[[], AbstractContextManager[object]]
Cycle = dict[str, Burst]


def measure(
    name: str,
    servers: Mapping[str, Server],
    folder: Path,
    load: Load,
    around: Around = nullcontext,
) -> Measure:
    """How a burst of a workload is measured: init, read, methods, or one of ``PREPARED``.

    ``around`` is entered for the burst itself, without what is made for it before.
    """
    if name == "init":
        return lambda title: _init(servers[title], load, around)
    if name in PREPARED:
        rates: dict[str, float] = {}
        return lambda title: _prepared(name, servers[title], title, folder, load, rates, around)
    paths = {"read": "", "methods": f"/{METHODS}"}
    known = {title: asyncio.run(opened(server, 1))[0] for title, server in servers.items()}
    return lambda title: _read(servers[title], f"{known[title]}{paths[name]}", load, around)


def cycles(titles: list[str], measured: Measure, count: int) -> list[Cycle]:
    """One cycle to warm up, then as many as are wanted; in each, all have a burst in any order."""
    bursts = [
        {title: measured(title) for title in random.sample(titles, len(titles))}
        for _ in range(count + 1)
    ]
    return bursts[1:]


def _init(server: Server, load: Load, around: Around) -> Burst:
    with around():
        return burst("init.lua", f"{server.url}/v1/payments", key=server.key, **asdict(load))


def _read(server: Server, path: str, load: Load, around: Around) -> Burst:
    url = f"{server.url}/v1/payments/{path}"
    with around():
        return burst("read.lua", url, key=server.key, **asdict(load))


def _prepared(
    name: str,
    server: Server,
    title: str,
    folder: Path,
    load: Load,
    rates: dict[str, float],
    around: Around,
) -> Burst:
    """What the requests are about is made before the burst; each is used once."""
    file = folder / "ids"
    rate = max(rates.get(title, _FIRST_RATE), 50)
    spare = int(load.connections + rate * load.seconds * _SPARE)
    file.write_text("\n".join(asyncio.run(PREPARED[name](server, spare))))
    time.sleep(_PAUSE)
    with around():
        measured = burst(f"{name}.lua", server.url, key=server.key, ids=str(file), **asdict(load))
    rates[title] = measured.rps
    return measured


async def opened(server: Server, count: int) -> list[str]:
    """Ids of new payments."""
    return [str(each["id"]) for each in await posted(server, [opening() for _ in range(count)])]


async def attempted(server: Server, count: int) -> list[str]:
    """Ids of new attempts, each on a payment of its own."""
    payments = await opened(server, count)
    answers = await posted(server, [(f"/v1/payments/{each}/attempts", UPI) for each in payments])
    return [str(answer["attempt"]["id"]) for answer in answers]


async def paid(server: Server, count: int) -> list[str]:
    """Ids of new payments that are paid, as far as that happens within a few seconds."""
    payments = await opened(server, count)
    answers = await posted(server, [(f"/v1/payments/{each}/attempts", UPI) for each in payments])
    refs = [str(answer["attempt"]["id"]).removeprefix("att_") for answer in answers]
    auth = aiohttp.BasicAuth(*WEBHOOK)
    await posted(server, [("/v1/juspay/webhook", webhook(ref)) for ref in refs], auth=auth)
    await asyncio.sleep(_SETTLED)
    return payments


def webhook(ref: str) -> dict[str, Any]:
    """A webhook about an attempt that was paid."""
    order = {"order_id": ref, "merchant_id": "acme", "status": "CHARGED", "amount": 1164}
    content = {"order": {**order, "currency": "INR"}}
    return {"id": f"evt-{uuid.uuid4().hex}", "event_name": "ORDER_SUCCEEDED", "content": content}


def opening() -> tuple[str, dict[str, Any]]:
    """The path and body that open a payment for a new order."""
    body = {
        "order_id": f"B-{uuid.uuid4().hex[:20]}",
        "amount": 116400,
        "currency": "INR",
        "customer": {"ref": "cust-1"},
        "return_url": "https://shop.example/",
    }
    return "/v1/payments", body


async def posted(
    server: Server,
    bodies: list[tuple[str, dict[str, Any]]],
    *,
    auth: aiohttp.BasicAuth | None = None,
) -> list[dict[str, Any]]:
    """The answers to POST requests, 48 at a time; by the server's key unless ``auth`` is given."""
    limit = asyncio.Semaphore(48)
    caller = {} if auth else {"Authorization": f"Bearer {server.key}"}

    async def post(http: aiohttp.ClientSession, path: str, body: dict[str, Any]) -> dict[str, Any]:
        headers = {**caller, "Idempotency-Key": uuid.uuid4().hex}
        async with limit, http.post(path, json=body, headers=headers) as response:
            response.raise_for_status()
            return dict(await response.json(content_type=None) or {})

    async with aiohttp.ClientSession(server.url, auth=auth) as http:
        return list(await asyncio.gather(*(post(http, *each) for each in bodies)))


PREPARED = {
    "attempt": opened,
    "mixed": opened,
    "webhook": attempted,
    "refund": paid,
}
"""Workloads whose requests are about what must be there before: ids of what, one for each."""


def calls(name: str, server: Server, count: int = 1) -> Callable[[int], Call]:
    """The requests of a workload, by number."""
    bearer = ("Authorization", f"Bearer {server.key}")
    if name == "webhook":
        refs = [each.removeprefix("att_") for each in asyncio.run(attempted(server, count))]
        basic = ("Authorization", aiohttp.encode_basic_auth(*WEBHOOK))
        return lambda n: Call("POST", "/v1/juspay/webhook", webhook(refs[n]), (basic,))
    if name == "init":
        return lambda _: _opening_call(bearer)
    payment = asyncio.run(opened(server, 1))[0]
    path = f"/v1/payments/{payment}" + (f"/{METHODS}" if name == "methods" else "")
    return lambda _: Call("GET", path, None, (bearer,))


def _opening_call(bearer: tuple[str, str]) -> Call:
    path, body = opening()
    return Call("POST", path, body, (bearer, ("Idempotency-Key", uuid.uuid4().hex)))
