"""Connections go to an API that is ready, and to any that takes them if none is."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from aiohttp import ClientSession, web

from payment_engine.demo.ports import HOST, free_port
from tests.chaos.ingress import open_ingress


@asynccontextmanager
async def api(name: str, status: int) -> AsyncIterator[int]:
    """A server that says who it is, and answers whether it is ready with a status."""

    async def ready(_: web.Request) -> web.Response:
        return web.Response(status=status)

    async def who(_: web.Request) -> web.Response:
        return web.Response(text=name, headers={"connection": "close"})

    app, port = web.Application(), free_port()
    app.router.add_get("/ready", ready)
    app.router.add_get("/", who)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, HOST, port).start()
    try:
        yield port
    finally:
        await runner.cleanup()


async def answers(ports: Mapping[str, int], *, until: set[str]) -> None:
    """Wait until eight requests in a row were answered by exactly these."""
    port = free_port()
    async with (
        open_ingress(port, ports),
        ClientSession() as http,
        asyncio.timeout(20),
    ):
        while True:
            names = set()
            for _ in range(8):
                async with http.get(f"http://{HOST}:{port}/") as answer:
                    names.add(await answer.text())
            if names == until:
                return
            await asyncio.sleep(0.05)


async def test_apis_that_are_ready_share_the_connections() -> None:
    async with api("one", 200) as first, api("two", 200) as second:
        await answers({"one": first, "two": second}, until={"one", "two"})


async def test_an_api_that_is_not_ready_or_gone_gets_no_connection() -> None:
    async with api("one", 200) as first, api("two", 503) as second:
        await answers({"one": first, "two": second}, until={"one"})
        await answers({"one": first, "gone": free_port()}, until={"one"})


async def test_without_any_that_is_ready_each_that_takes_connections_gets_them() -> None:
    async with api("one", 503) as first:
        await answers({"one": first, "gone": free_port()}, until={"one"})
