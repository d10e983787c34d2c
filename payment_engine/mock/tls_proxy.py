"""A proxy for clients that know only the gateways' real hosts: it connects them to the mock.

A client is configured by its environment alone: ``HTTPS_PROXY``, and the certificate authority to
trust. It asks the proxy to CONNECT to a gateway's host and reaches a TLS listener that has a
certificate for that host. The listener decrypts and forwards to the mock in plain HTTP, with the
host still in its header.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from payment_engine.mock.discovery import gateway_hosts

_LOOPBACK = "127.0.0.1"
_CHUNK = 65_536
_CERTIFICATE_LIFE = timedelta(days=7)
_ACCEPTED = b"HTTP/1.1 200 Connection established\r\n\r\n"
_REFUSED = b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n"
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass(frozen=True)
class TlsProxy:
    """A proxy on ``port``, and the PEM file of the authority that its clients must trust."""

    port: int
    authority: Path

    @property
    def environment(self) -> Mapping[str, str]:
        """What makes Python, Node and curl clients use this proxy."""
        authority = str(self.authority)
        proxy = f"http://{_LOOPBACK}:{self.port}"
        return {
            "HTTPS_PROXY": proxy,
            "https_proxy": proxy,
            "NO_PROXY": "",
            "no_proxy": "",
            "REQUESTS_CA_BUNDLE": authority,
            "SSL_CERT_FILE": authority,
            "CURL_CA_BUNDLE": authority,
            "NODE_EXTRA_CA_CERTS": authority,
        }


@asynccontextmanager
async def open_tls_proxy(mock_port: int, folder: Path) -> AsyncIterator[TlsProxy]:
    """A proxy to the mock that listens on ``mock_port``; its certificates are in ``folder``."""
    hosts = gateway_hosts()
    authority = folder / "authority.pem"
    tls = _tls_context(authority, folder / "hosts.pem", sorted(hosts))

    async with _listening(lambda client: _forward(client, mock_port), tls) as tls_port:

        async def accept(client: Streams) -> None:
            if await _connect_host(client[0]) in hosts:
                client[1].write(_ACCEPTED)
                await _forward(client, tls_port)
            else:
                client[1].write(_REFUSED)

        async with _listening(accept) as proxy_port:
            yield TlsProxy(proxy_port, authority)


def _tls_context(authority: Path, certificate: Path, hosts: Iterable[str]) -> ssl.SSLContext:
    """A certificate for ``hosts`` by an authority of its own, whose key is kept nowhere."""
    # A tool of tests: it comes with the dev extra, since in a container nobody reaches this proxy.
    import trustme

    issuer = trustme.CA(path_length=0, organization_name="Payment mock authority")
    issuer.cert_pem.write_to_path(authority)
    expiry = datetime.now(UTC) + _CERTIFICATE_LIFE
    issued = issuer.issue_cert(*hosts, organization_name="Payment mock", not_after=expiry)
    certificate.touch(mode=0o600)
    issued.private_key_and_cert_chain_pem.write_to_path(certificate)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    issued.configure_cert(context)
    return context


@asynccontextmanager
async def _listening(
    serve: Callable[[Streams], Awaitable[None]], tls: ssl.SSLContext | None = None
) -> AsyncIterator[int]:
    """The port of a listener that serves each client in a task; all of them end with it."""
    tasks: set[asyncio.Task[None]] = set()

    async def serve_and_close(client: Streams) -> None:
        try:
            await serve(client)
            client[1].close()
            await client[1].wait_closed()
        except OSError:
            pass
        finally:
            client[1].transport.abort()

    def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(serve_and_close((reader, writer)))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    server = await asyncio.start_server(begin, _LOOPBACK, 0, ssl=tls)
    try:
        yield int(server.sockets[0].getsockname()[1])
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0)


async def _connect_host(reader: asyncio.StreamReader) -> str:
    """The host of a CONNECT request, in lower case; empty for anything else."""
    with suppress(asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError):
        first = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split()
        if first[0] == "CONNECT":
            return first[1].rpartition(":")[0].lower()
    return ""


async def _forward(client: Streams, port: int) -> None:
    """Copy bytes both ways until both sides have sent everything. Raises OSError."""
    server = await asyncio.open_connection(_LOOPBACK, port)
    try:
        await asyncio.gather(_copy(client[0], server[1]), _copy(server[0], client[1]))
    finally:
        server[1].transport.abort()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while chunk := await reader.read(_CHUNK):
            writer.write(chunk)
            await writer.drain()
    writer.close()
