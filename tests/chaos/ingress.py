"""What stands before the APIs: each connection goes to one that is ready."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from itertools import count

from tests.serving import http_client

_HOST = "127.0.0.1"
_LOOKS = 0.3
"""Seconds between two looks at the readiness of each API."""


class Ingress:
    """Balances connections over the ports of the APIs by their readiness."""

    def __init__(self, ports: Mapping[str, int]) -> None:
        self._ports = ports
        self._ready: set[int] = set()
        self._turn = count()
        self._tasks: set[asyncio.Task[None]] = set()

    async def look(self) -> None:
        """Look at each API again and again."""
        async with http_client(timeout=2) as client:
            while True:
                for port in self._ports.values():
                    with suppress(Exception):
                        self._ready.discard(port)
                        answer = await client.get(f"http://{_HOST}:{port}/ready")
                        if answer.status_code == 200:
                            self._ready.add(port)
                await asyncio.sleep(_LOOKS)

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass a connection on, until either side ends it."""
        upstream = await self._connect()
        if upstream:
            answers, requests = upstream
            await asyncio.gather(_copy(reader, requests), _copy(answers, writer))
        await _close(writer)

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        """A connection to one that is ready; to any other if none of them takes it."""
        ports, turn = list(self._ports.values()), next(self._turn)
        ports = ports[turn % len(ports) :] + ports[: turn % len(ports)]
        for port in sorted(ports, key=lambda each: each not in self._ready):
            with suppress(OSError):
                return await asyncio.open_connection(_HOST, port)
        return None


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    await _close(writer)


async def _close(writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        writer.close()
        await writer.wait_closed()


@asynccontextmanager
async def open_ingress(port: int, ports: Mapping[str, int]) -> AsyncIterator[Ingress]:
    """The ingress on a port, before the APIs of these names and ports."""
    ingress = Ingress(ports)
    server = await asyncio.start_server(ingress.accept, _HOST, port)
    looking = asyncio.create_task(ingress.look())
    try:
        yield ingress
    finally:
        looking.cancel()
        server.close()
