"""The real processes of a run: PostgreSQL, MongoDB, the mock, two APIs and two workers."""

import asyncio
import json
import os
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar

from payment_engine.demo import mongo, postgres, process
from payment_engine.demo.mongo import Mongo
from payment_engine.demo.plan import Plan, make_plan
from payment_engine.demo.ports import free_port
from payment_engine.demo.postgres import Postgres, PostgresFailed
from payment_engine.demo.process import Child
from payment_engine.demo.shop import Command, engine_command
from payment_engine.demo.shop import Shop as Commands
from payment_engine.settings import Settings
from tests.chaos.calls import Shop
from tests.serving import http_client

SHOPS = ("shop-1", "shop-2", "shop-3", "shop-4")
_STARTS_WITHIN = 180.0
"""Seconds, of which PostgreSQL may be away for a minute."""
_GRACE = 30.0
_DEFAULTS = {name: each.default for name, each in Settings.model_fields.items()}
_SETTINGS = {
    "PE_CHECK_SCHEDULE": json.dumps(_DEFAULTS["check_schedule"]),
    "PE_NOTIFY_SCHEDULE": "[1, 2, 4, 8]",
    "PE_DRAIN_SECONDS": "2",
    "PE_CARD_DECLINES_PER_ADDRESS": "999/minute",
    "PE_CARD_DECLINES_PER_BIN": "999/minute",
    "PE_LOG_LEVEL": "warning",
}
"""As shipped, but for what stands here: the verdict on messages need not wait for an hour, all
customers share one address and one card, and the ingress needs two seconds to notice a stop."""

Result = TypeVar("Result")


class NotStarted(Exception):
    """A process did not start; the message has the end of its log."""


@dataclass
class Program:
    """An API or a worker, which is started again and again on its port."""

    name: str
    port: int
    start: Callable[[], Child]
    child: Child
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def role(self) -> str:
        """``api`` or ``worker``."""
        return self.name.partition("-")[0]

    async def ready(self) -> bool:
        """Wait until it serves: an API its requests, a worker its metrics; whether it does so.

        One that is killed meanwhile is started again by whoever did so.
        """
        path = "ready" if self.role == "api" else "metrics"
        end = time.monotonic() + _STARTS_WITHIN
        async with http_client(timeout=5) as client:
            while time.monotonic() < end:
                with suppress(Exception):
                    answer = await client.get(f"http://127.0.0.1:{self.port}/{path}")
                    if answer.status_code == 200:
                        return True
                if (self.child.exit_code or 0) > 0:
                    raise NotStarted(f"{self.name} has ended:\n{self.child.last_lines()}")
                await asyncio.sleep(0.05)
        return False


class Installation:
    """Everything that runs. Processes are started by threads that live as long as it."""

    def __init__(self, folder: Path, command: Mapping[str, Command]) -> None:
        ports = ("api", "mock", "postgres", "mongo")
        environ = {f"PE_{name.upper()}_PORT": str(free_port()) for name in ports}
        os.environ.update({"PE_RUN_DIR": str(folder), **environ, **_SETTINGS})
        self.plan: Plan = make_plan(os.environ)
        self.endpoint_port = free_port()
        self.programs: dict[str, Program] = {}
        self.shops: list[Shop] = []
        self._command = command
        self._threads = ThreadPoolExecutor(4, "processes")
        self._others: list[Child] = []
        self.environ: dict[str, str] = {}

    async def run(self, work: Callable[[], Result]) -> Result:
        """Do what blocks in one of the threads."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    async def start(self) -> None:
        """Start all, with a shop for each name. Raises NotStarted and what servers raise."""
        self.postgres, self.mongo = await asyncio.gather(
            self.run(self._start_postgres), self.run(self._start_mongo)
        )
        database = self.postgres.database("payment_engine")
        self.environ = self.plan.program_environ(database, self.mongo.url)
        commands = Commands(self.plan, self.environ)
        self.environ.update(await self.run(commands.gateway_settings))
        await self.run(lambda: commands.run("migrate"))
        self.shops = list(await asyncio.gather(*(self._shop(commands, each) for each in SHOPS)))
        self._others.append(await self.run(lambda: self._start("mock", engine_command("mock"))))
        for name in ("api-1", "api-2", "worker-1", "worker-2"):
            self.programs[name] = await self._program(name, free_port())
        if not all(await asyncio.gather(*(each.ready() for each in self.programs.values()))):
            raise NotStarted("not every process serves")

    async def restart(self, program: Program) -> None:
        """Start a program that has ended."""
        program.child = await self.run(program.start)

    async def start_postgres(self) -> None:
        """Start PostgreSQL over its data; a crashed one needs a moment until its last process is
        gone."""
        for _ in range(20):
            with suppress(PostgresFailed):
                self.postgres = await self.run(self._start_postgres)
                return
            await asyncio.sleep(0.5)
        raise NotStarted("PostgreSQL does not start again")

    async def start_mongo(self) -> None:
        """Start MongoDB over its data."""
        self.mongo = await self.run(self._start_mongo)

    async def stop(self) -> list[str]:
        """Stop all in order; a line for each program that did not end as it should."""
        programs = [each.child for each in self.programs.values()]
        for group in (programs, self._others, self._servers()):
            for child in group:
                child.request_stop()
            for child in group:
                await self.run(partial(child.finish, _GRACE))
        self._threads.shutdown(wait=False)
        return [f"{each.name} ended with {each.exit_code}" for each in programs if each.exit_code]

    def spilled(self) -> int:
        """How many files of the raw log wait on disk for MongoDB."""
        return sum(1 for each in self.plan.spool.rglob("*") if each.is_file())

    def _servers(self) -> list[Child]:
        found = (getattr(self, name, None) for name in ("postgres", "mongo"))
        return [each.child for each in found if each]

    def _start_postgres(self) -> Postgres:
        plan = self.plan
        return postgres.start(
            plan.run_dir / "postgres", plan.settings.postgres_port, log=plan.log("postgres")
        )

    def _start_mongo(self) -> Mongo:
        plan = self.plan
        return mongo.start(plan.run_dir / "mongo", plan.settings.mongo_port, log=plan.log("mongod"))

    async def _shop(self, commands: Commands, name: str) -> Shop:
        url = f"http://127.0.0.1:{self.endpoint_port}/{name}"
        printed = await self.run(lambda: commands.run("merchant", name, "--notify-url", url))
        line = next(each for each in reversed(printed.splitlines()) if each.startswith("{"))
        keys = json.loads(line)
        return Shop(name, keys["service_key"], keys["notify_secret"], keys["merchant_id"])

    async def _program(self, name: str, port: int) -> Program:
        role = name.partition("-")[0]
        command = self._command.get(name, engine_command)(role)
        ports = {f"PE_{role.upper()}_PORT": str(port)}

        def start() -> Child:
            return self._start(name, command, **ports)

        return Program(name, port, start, await self.run(start))

    def _start(self, name: str, command: Sequence[str], **more: str) -> Child:
        return process.start(
            name, list(command), log=self.plan.log(name), environ={**self.environ, **more}
        )


async def ended(child: Child, seconds: float = _GRACE) -> None:
    """Wait until a process has ended."""
    async with asyncio.timeout(seconds):
        while not child.ended():
            await asyncio.sleep(0.02)


def kill(child: Child) -> None:
    """End it as the kernel does when memory is short."""
    if not child.ended():
        child.process.send_signal(signal.SIGKILL)
