"""Real brokers on a free loopback port each, which a test kills and starts again."""

import asyncio
import os
import shutil
import signal
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

import nats
import pytest
from nats.js.errors import NotFoundError
from redis.asyncio import Redis

from payment_engine.demo.ports import accepts, free_port


@dataclass(frozen=True)
class Received:
    """What a consumer gets: the stream's headers and body of a message."""

    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]


@dataclass
class Server(ABC):
    """One broker, whose data is in a folder."""

    program: ClassVar[str]
    package: ClassVar[str]
    scheme: ClassVar[str]
    folder: Path
    port: int = field(default_factory=free_port)
    process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Until it accepts connections; skips the test where it is not installed."""
        program = shutil.which(self.program, path=f"{os.environ['PATH']}:/usr/sbin")
        if not program:
            pytest.skip(f"apt-get install --no-install-recommends {self.package}")
        self.process = await asyncio.create_subprocess_exec(
            program,
            *self.options(),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        async with asyncio.timeout(20):
            while not accepts(self.port):
                await asyncio.sleep(0.02)

    async def kill(self) -> None:
        """As by a loss of power; nothing is written any more."""
        if self.process and self.process.returncode is None:
            self.process.send_signal(signal.SIGKILL)
            await self.process.wait()

    @abstractmethod
    def options(self) -> Sequence[str]:
        """How it listens on the port and stores in the folder."""

    @abstractmethod
    async def prepare(self) -> None:
        """What whoever runs it does once."""

    @abstractmethod
    async def received(self, merchant_id: str) -> list[Received]:
        """All that is stored for a merchant, in order."""


class Nats(Server):
    program = "nats-server"
    package = "nats-server"
    scheme = "nats"

    def options(self) -> Sequence[str]:
        return ("-a", "127.0.0.1", "-p", str(self.port), "-js", "-sd", str(self.folder))

    async def prepare(self) -> None:
        client = await nats.connect(self.url)
        await client.jetstream().add_stream(name="payments", subjects=["payments.>"])
        await client.close()

    async def received(self, merchant_id: str) -> list[Received]:
        client = await nats.connect(self.url)
        stream = client.jetstream()
        found = []
        try:
            last = (await stream.stream_info("payments")).state.last_seq
            for number in range(1, last + 1):
                message = await stream.get_msg("payments", number)
                assert (message.subject or "").startswith(f"payments.{merchant_id}.")
                found.append(Received(message.headers or {}, message.data or b""))
        except NotFoundError:
            return found
        finally:
            await client.close()
        return found


class RedisServer(Server):
    program = "redis-server"
    package = "redis-server"
    scheme = "redis"

    def options(self) -> Sequence[str]:
        stored = ("--dir", str(self.folder), "--appendonly", "yes", "--appendfsync", "always")
        return ("--bind", "127.0.0.1", "--port", str(self.port), "--save", "", *stored)

    async def prepare(self) -> None:
        """Nothing: a stream is made by its first message."""

    async def received(self, merchant_id: str) -> list[Received]:
        async with Redis.from_url(self.url) as client:
            entries = await client.xrange(f"payments:{merchant_id}")
        fields = [{name.decode(): value for name, value in each.items()} for _, each in entries]
        return [Received(_texts(each), each["body"]) for each in fields]


def _texts(fields: dict[str, bytes]) -> dict[str, str]:
    return {name: value.decode() for name, value in fields.items() if name != "body"}


KINDS: dict[str, type[Server]] = {"nats": Nats, "redis": RedisServer}
