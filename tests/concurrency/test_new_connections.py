"""Clients that connect while the loop is busy wait in the queue of the system."""

import asyncio
import signal

from tests.processes import api_process
from tests.world import World

CLIENTS = 500


async def answered(url: str, connected: asyncio.Semaphore) -> bytes:
    """The first line of an answer."""
    host, _, port = url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    connected.release()
    writer.write(b"GET /live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    line = await reader.readline()
    writer.close()
    return line


async def test_hundreds_connect_at_once_while_the_process_does_something_else(
    world: World,
) -> None:
    async with api_process(world) as (api, url):
        api.send_signal(signal.SIGSTOP)
        connected = asyncio.Semaphore(0)
        clients = [asyncio.create_task(answered(url, connected)) for _ in range(CLIENTS)]
        async with asyncio.timeout(20):
            for _ in range(CLIENTS):
                await connected.acquire()
        api.send_signal(signal.SIGCONT)
        lines = await asyncio.gather(*clients)
    assert {*lines} == {b"HTTP/1.1 200 OK\r\n"}
