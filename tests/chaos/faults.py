"""How each fault is brought about, and when the service has recovered from it."""

import asyncio
import signal
import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import aiohttp

from tests.chaos.endpoints import Endpoints
from tests.chaos.journal import Journal
from tests.chaos.plan import Fault, FaultKind
from tests.chaos.stack import Installation, ended, kill

_RECOVERS_WITHIN = 180.0


class Faults:
    """Brings faults about; ``recoveries``: seconds until the service had recovered, by kind."""

    def __init__(
        self,
        installation: Installation,
        endpoints: Endpoints,
        journal: Journal,
        http: aiohttp.ClientSession,
        say: Callable[[str], None],
    ) -> None:
        self._installation = installation
        self._endpoints = endpoints
        self._journal = journal
        self._http = http
        self._say = say
        self.recoveries: dict[FaultKind, list[float]] = defaultdict(list)
        self.wrong: list[str] = []
        self.away: list[tuple[float, float]] = []
        """From when to when PostgreSQL took no connections."""
        self.last_ended = 0.0
        self._one_at_a_time = asyncio.Lock()

    async def run(self, faults: list[Fault]) -> None:
        """All of them at their times; returns when the last one is over, recovered or not."""
        began = time.monotonic()
        async with asyncio.TaskGroup() as happening:
            for fault in faults:
                await asyncio.sleep(max(0.0, began + fault.at - time.monotonic()))
                happening.create_task(self._happen(fault))

    async def _happen(self, fault: Fault) -> None:
        happen: dict[FaultKind, Callable[[Fault], Any]] = {
            FaultKind.KILL_API: self._killed,
            FaultKind.KILL_WORKER: self._killed,
            FaultKind.POSTGRES_RESTART: self._postgres,
            FaultKind.POSTGRES_CRASH: self._postgres,
            FaultKind.POSTGRES_AWAY: self._postgres,
            FaultKind.MONGO_AWAY: self._mongo,
            FaultKind.GATEWAY_HANGS: self._gateway,
            FaultKind.SHOP_HANGS: self._shop,
            FaultKind.ROLLING_RESTART: self._rolling,
        }
        self._say(f"{fault.kind} {fault.target}".strip())
        seconds = await happen[fault.kind](fault)
        if seconds is None:
            self.wrong.append(f"not recovered from: {fault.kind} at {fault.at:.0f} s")
        else:
            self.recoveries[fault.kind].append(seconds)

    async def _killed(self, fault: Fault) -> float | None:
        """Until a process that replaces it serves."""
        program = self._installation.programs[fault.target]
        async with program.lock:
            kill(program.child)
            began = self._over()
            await ended(program.child)
            await self._installation.restart(program)
        return time.monotonic() - began if await program.ready() else None

    async def _postgres(self, fault: Fault) -> float | None:
        """Until a payment is opened again after PostgreSQL takes connections."""
        async with self._one_at_a_time:
            child = self._installation.postgres.child
            if fault.kind is FaultKind.POSTGRES_CRASH:
                child.process.send_signal(signal.SIGQUIT)
            else:
                child.request_stop()
            await ended(child)
            stopped = time.monotonic()
            await asyncio.sleep(fault.seconds)
            await self._installation.start_postgres()
            self.away.append((stopped, time.monotonic()))
        return await self._works_again("open")

    async def _mongo(self, fault: Fault) -> float | None:
        """Until nothing of the raw log waits on disk any longer."""
        child = self._installation.mongo.child
        child.request_stop()
        await ended(child)
        await asyncio.sleep(fault.seconds)
        await self._installation.start_mongo()
        began = self._over()
        return await _seconds_until(lambda: not self._installation.spilled(), began)

    async def _gateway(self, fault: Fault) -> float | None:
        """Until an attempt by the gateway is answered again."""
        script = {
            "match": {"gateway": fault.target},
            "times": "always",
            "behaviour": {"kind": "hang", "seconds": fault.seconds},
        }
        control = f"{self._installation.plan.mock}/control/scripts"
        async with self._http.post(control, json=script) as answer:
            answer.raise_for_status()
        await asyncio.sleep(fault.seconds)
        async with self._http.delete(control) as answer:
            answer.raise_for_status()
        return await self._works_again(fault.target)

    async def _shop(self, fault: Fault) -> float | None:
        """Until the shop takes a message again."""
        self._endpoints.hanging.add(fault.target)
        await asyncio.sleep(fault.seconds)
        self._endpoints.hanging.discard(fault.target)
        began = self._over()
        taken = self._journal.taken_at
        return await _seconds_until(lambda: taken.get(fault.target, 0) > began, began)

    async def _rolling(self, _: Fault) -> float | None:
        """One process after the other stops in order and is replaced; how long all of it took."""
        began = time.monotonic()
        for program in self._installation.programs.values():
            async with program.lock:
                await program.ready()  # while it starts, a signal ends it at once
                child = program.child
                child.request_stop()
                await ended(child)
                if child.exit_code:
                    self.wrong.append(f"{program.name} was stopped, ended with {child.exit_code}")
                await self._installation.restart(program)
                if not await program.ready():
                    return None
        return self._over() - began

    async def _works_again(self, name: str) -> float | None:
        began, answered = self._over(), self._journal.answered_at
        return await _seconds_until(lambda: answered.get(name, 0) > began, began)

    def _over(self) -> float:
        """The fault is over at this moment."""
        self.last_ended = time.monotonic()
        return self.last_ended


async def _seconds_until(reached: Callable[[], bool], began: float) -> float | None:
    """Seconds from ``began``; None if it takes too long."""
    while not reached():
        if time.monotonic() - began > _RECOVERS_WITHIN:
            return None
        await asyncio.sleep(0.05)
    return time.monotonic() - began
