"""A proxy before PostgreSQL that cuts the connection of a chosen statement."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

Cut = Literal["before", "after", "late", "latest"]
"""``before``: the server never gets the statement. ``after``: it has committed, and its answer is
lost. Otherwise the connection is lost and the statement runs later: ``late`` just before the
service reads again what it decides on, ``latest`` just before its next commit."""

CHANGE = "locked AS MATERIALIZED"
OPEN = "opened AS"
LOAD = "AS loaded"
_LATE = {"late": "FROM idempotency_key k", "latest": "AS MATERIALIZED"}
"""What is in the statement before which a late one runs."""

_LOST = (OSError, asyncio.IncompleteReadError)


@dataclass(eq=False)
class CuttingProxy:
    """Passes everything on, but for the statements that are to be cut."""

    host: str
    port: int
    texts: list[str] = field(default_factory=list)
    """Every statement that was executed."""
    _next: tuple[Cut, str] | None = None
    _number: int = 0
    _text: str = ""
    _how: Cut = "before"
    _late: "_Link | None" = None

    def cut(self, how: Cut, text: str, number: int = 1) -> None:
        """Cut the ``number``-th statement with this text from now on."""
        self._number, self._text, self._how = number, text, how

    def cut_next(self, how: Cut, text: str) -> None:
        """After that, cut the first statement with this text."""
        self._next = how, text

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection of a client."""
        upstream = await asyncio.open_connection(self.host, self.port)
        link = _Link(self, reader, writer, *upstream)
        with suppress(*_LOST):
            await link.run()

    async def fate_of(self, text: str, link: "_Link") -> Cut | None:
        """How the statement about to run is cut, if it is."""
        self.texts.append(text)
        if self._late and _LATE[self._how] in text:
            late, self._late = self._late, None
            await late.run_late()
        if self._number and self._text in text:
            self._number -= 1
            if not self._number:
                how = self._how
                self._late = link if self._how in _LATE else None
                if self._next:
                    self.cut(*self._next)
                    self._next = None
                return how
        return None


class _Link:
    def __init__(
        self,
        proxy: CuttingProxy,
        client: asyncio.StreamReader,
        to_client: asyncio.StreamWriter,
        server: asyncio.StreamReader,
        to_server: asyncio.StreamWriter,
    ) -> None:
        self._proxy = proxy
        self._client, self._to_client = client, to_client
        self._server, self._to_server = server, to_server
        self._statements: dict[bytes, str] = {}
        self._mute = False
        self._delayed: list[bytes] = []
        self._done = asyncio.Event()

    async def run(self) -> None:
        answers = asyncio.create_task(self._answers())
        try:
            await self._requests()
        finally:
            if not self._delayed:
                self._close()
            await answers

    async def run_late(self) -> None:
        """Let the server have what was delayed, and wait until it is done."""
        self._to_server.write(b"".join(self._delayed))
        await self._done.wait()

    async def _requests(self) -> None:
        start = await self._client.readexactly(4)
        size = int.from_bytes(start, "big")
        self._to_server.write(start + await self._client.readexactly(size - 4))
        while True:
            kind, frame = await _frame(self._client)
            if kind == b"P":
                name, text = frame[5:].split(b"\0")[:2]
                self._statements[name] = text.decode()
            if kind == b"B":
                name = frame[5:].split(b"\0")[1]
                how = await self._proxy.fate_of(self._statements[name], self)
                if how == "before":
                    return
                self._mute = how is not None
                if how in _LATE:
                    await self._delay(frame)
                    return
            self._to_server.write(frame)

    async def _delay(self, frame: bytes) -> None:
        kind = b""
        while kind != b"S":
            self._delayed.append(frame)
            kind, frame = await _frame(self._client)
        self._delayed.append(frame)
        self._to_client.close()

    async def _answers(self) -> None:
        with suppress(*_LOST):
            while True:
                kind, frame = await _frame(self._server)
                if not self._mute:
                    self._to_client.write(frame)
                elif kind == b"Z":
                    break
        self._close()
        self._done.set()

    def _close(self) -> None:
        self._to_client.close()
        self._to_server.close()


async def _frame(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    head = await reader.readexactly(5)
    return head[:1], head + await reader.readexactly(int.from_bytes(head[1:], "big") - 4)


@asynccontextmanager
async def cutting_proxy(database: str) -> AsyncIterator[tuple[CuttingProxy, str]]:
    """The proxy, and the URL of the database through it."""
    url = urlsplit(database)
    proxy = CuttingProxy(str(url.hostname), url.port or 5432)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    user, _, _ = url.netloc.rpartition("@")
    through = url._replace(netloc=f"{user}@127.0.0.1:{port}", query="sslmode=disable")
    try:
        yield proxy, through.geturl()
    finally:
        server.close()
