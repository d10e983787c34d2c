"""Counterparts for tests of the gateways: a raw loopback server, and a scripted Juspay."""

import asyncio
from collections.abc import Awaitable, Callable

import httpx

from payment_engine.gateways.http import Answer, Wire

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
REF = "01k0m9v7c2q4w8z6x3y5"
CONFIG = {
    "base_url": "http://juspay.test",
    "merchant_id": "acme",
    "api_key": "key-of-the-api",
    "webhook_username": "hook",
    "webhook_password": "hook-password",
    "response_key": "unit-test-response-key",
}


class Server:
    """A loopback server that counts requests; ``talk`` is what it does with each one."""

    def __init__(self, talk: Talk) -> None:
        self._talk = talk
        self.connections = 0
        self.requests: list[bytes] = []
        self.url = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while request := await _read_request(reader):
                self.requests.append(request)
                await self._talk(reader, writer)
                if writer.is_closing():
                    return
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


async def _read_request(reader: asyncio.StreamReader) -> bytes:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return b""
    lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    length = int(lengths[0].split(b":")[1]) if lengths else 0
    return head + await reader.readexactly(length)


def ok(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    """A complete HTTP answer."""
    lines = [f"HTTP/1.1 {status}", f"content-length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def post(wire: Wire, url: str, **given: object) -> Awaitable[Answer]:
    """One POST with a form."""
    usual = {"headers": {}, "allow": frozenset({"status"}), "form": {"a": "1"}}
    return wire.send("pay", "POST", f"{url}/pay", **{**usual, **given})


class Scripted:
    """Juspay's side of a conversation: answers by method and path, and the requests."""

    def __init__(self) -> None:
        self.answers: dict[str, list[httpx.Response]] = {}
        self.requests: list[httpx.Request] = []

    def on(self, what: str, body: object, status: int = 200) -> None:
        """Answer ``what`` (``POST /orders``) with ``body``; several answers follow each other."""
        given = {"content": body} if isinstance(body, bytes) else {"json": body}
        self.answers.setdefault(what, []).append(httpx.Response(status, **given))

    def form(self, index: int) -> dict[str, str]:
        """The form of the n-th request."""
        return dict(httpx.QueryParams(self.requests[index].content.decode()))

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return self.answers[f"{request.method} {request.url.path}"].pop(0)
