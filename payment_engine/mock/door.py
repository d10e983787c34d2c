"""Lets clients that only know the gateways' real hosts in: a proxy that leads them to the mock.

A client is told by its environment alone: ``HTTPS_PROXY`` and the authority to trust. It asks the
proxy for a gateway's host, gets a TLS listener that has a certificate for it, and what it says
there goes on to the mock in plain HTTP, with the host still in its header.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from payment_engine.mock.authority import Authority
from payment_engine.mock.discovery import gateway_hosts

_LOOPBACK = "127.0.0.1"
_CHUNK = 65_536
_OPEN = b"HTTP/1.1 200 Connection established\r\n\r\n"
_SHUT = b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n"
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass(frozen=True)
class Door:
    """A proxy on ``port``, and the PEM file of the authority that its clients must trust."""

    port: int
    authority: Path

    @property
    def environment(self) -> Mapping[str, str]:
        """What makes Python, Node and curl clients come in by this door."""
        trusted = str(self.authority)
        proxy = f"http://{_LOOPBACK}:{self.port}"
        return {
            "HTTPS_PROXY": proxy,
            "https_proxy": proxy,
            "NO_PROXY": "",
            "no_proxy": "",
            "REQUESTS_CA_BUNDLE": trusted,
            "SSL_CERT_FILE": trusted,
            "CURL_CA_BUNDLE": trusted,
            "NODE_EXTRA_CA_CERTS": trusted,
        }


@asynccontextmanager
async def open_door(mock_port: int, folder: Path) -> AsyncIterator[Door]:
    """A door to the mock that listens on ``mock_port``; keeps its certificates in ``folder``."""
    authority, hosts = Authority(), gateway_hosts()
    trusted, own = folder / "authority.pem", folder / "hosts.pem"
    trusted.write_bytes(authority.certificate())
    own.touch(mode=0o600)
    own.write_bytes(authority.issue(sorted(hosts)))
    secured = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    secured.load_cert_chain(own)

    async with _serving(lambda client: _lead(client, mock_port), secured) as hall:

        async def admit(client: Streams) -> None:
            if await _asked_for(client[0]) in hosts:
                client[1].write(_OPEN)
                await _lead(client, hall)
            else:
                client[1].write(_SHUT)

        async with _serving(admit) as entrance:
            yield Door(entrance, trusted)


@asynccontextmanager
async def _serving(
    talk: Callable[[Streams], Awaitable[None]], secured: ssl.SSLContext | None = None
) -> AsyncIterator[int]:
    """The port of a listener that talks to each client beside the others; it leaves none behind."""
    talks: set[asyncio.Task[None]] = set()

    async def meet(client: Streams) -> None:
        try:
            await talk(client)
            client[1].close()
            await client[1].wait_closed()
        except OSError:
            pass
        finally:
            client[1].transport.abort()

    def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(meet((reader, writer)))
        talks.add(task)
        task.add_done_callback(talks.discard)

    server = await asyncio.start_server(begin, _LOOPBACK, 0, ssl=secured)
    try:
        yield int(server.sockets[0].getsockname()[1])
    finally:
        server.close()
        for task in talks:
            task.cancel()
        await asyncio.gather(*talks, return_exceptions=True)
        await asyncio.sleep(0)


async def _asked_for(reader: asyncio.StreamReader) -> str:
    """The host of a CONNECT request, in lower case; empty for anything else."""
    with suppress(asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError):
        first = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split()
        if first[0] == "CONNECT":
            return first[1].rpartition(":")[0].lower()
    return ""


async def _lead(client: Streams, port: int) -> None:
    """Carry bytes both ways until either side has said all. Raises OSError."""
    server = await asyncio.open_connection(_LOOPBACK, port)
    try:
        await asyncio.gather(_carry(client[0], server[1]), _carry(server[0], client[1]))
    finally:
        server[1].transport.abort()


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while chunk := await reader.read(_CHUNK):
            writer.write(chunk)
            await writer.drain()
    writer.close()
