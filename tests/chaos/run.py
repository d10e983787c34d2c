"""One run: start everything, let clients pay while faults happen, wait, judge."""

import asyncio
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

from payment_engine.demo.shop import Command
from tests.chaos.calls import Caller
from tests.chaos.clients import Client
from tests.chaos.collect import collect
from tests.chaos.endpoints import Endpoints, served
from tests.chaos.evidence import Evidence
from tests.chaos.faults import Faults
from tests.chaos.ingress import open_ingress
from tests.chaos.journal import Journal
from tests.chaos.plan import FaultKind, Setting, plan_faults
from tests.chaos.stack import SHOPS, Installation
from tests.chaos.verdict import Violation, Wrong, stuck, verdict, waiting

GATEWAYS = ["juspay", "paytm", "amazonpay"]
"""Where the clients pay, so that one of them can hang."""
SETTLED_AFTER = 60.0
"""Seconds after the last fault at which no attempt may be open that its gateway has decided."""
_THINKS = 4.0
"""Seconds between two customers of one client, on average."""
_AFTER_ALL = 150.0
"""Seconds after the last fault by which everything has settled."""
_AFTER_EXPIRY = 600.0
"""The same while a UPI attempt waits for a check that NPCI allows: the last one is made when it
expires, after eight minutes."""
_WARM = 4.0
_LOOKS = 5.0

Say = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a run showed. ``waited``: the UPI attempts that had to wait for their next check."""

    setting: Setting
    seed: int
    planned: Mapping[FaultKind, int]
    violations: list[Violation]
    journal: Journal
    recoveries: Mapping[FaultKind, list[float]]
    away: list[tuple[float, float]]
    """From when to when PostgreSQL took no connections."""
    evidence: Evidence
    waited: list[str]
    settled: float
    """Seconds after the last fault until everything agreed."""


async def run(setting: Setting, seed: int, command: Mapping[str, Command], say: Say) -> Outcome:
    """Run it; the folder with all logs stays where something is wrong."""
    folder = _folder()
    installation = Installation(folder, command)
    try:
        async with AsyncExitStack() as stack:
            outcome = await _Run(installation, setting, seed, say).run(stack)
    finally:
        ended = await installation.stop()
    outcome.violations.extend(Violation(Wrong.STOPPED, each) for each in ended)
    if outcome.violations:
        say(f"the logs stay in {folder / 'logs'}")
    else:
        shutil.rmtree(folder, ignore_errors=True)
    return outcome


def _is_final(found: list[Violation]) -> bool:
    """Whether something is wrong that time does not mend."""
    return any(each.wrong is Wrong.LOST for each in found)


def _folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="pe-chaos-"))
    folder.chmod(0o755)  # as root, PostgreSQL runs as nobody and must get in
    return folder


@dataclass
class _Run:
    installation: Installation
    setting: Setting
    seed: int
    say: Say
    journal: Journal = field(default_factory=Journal)

    async def run(self, stack: AsyncExitStack) -> Outcome:
        """Start, load and faults, then the verdict."""
        connector = aiohttp.TCPConnector(limit=0)
        self.http = await stack.enter_async_context(aiohttp.ClientSession(connector=connector))
        self.faults = await self._start(stack)
        planned = plan_faults(self.setting, self.seed, GATEWAYS, list(SHOPS))
        stop = asyncio.Event()
        clients = [asyncio.create_task(each.work_until(stop, _THINKS)) for each in self._clients()]
        try:
            await asyncio.sleep(_WARM)
            await self.faults.run(planned)
            stop.set()
            return await self._judge([each.kind for each in planned])
        finally:
            for each in clients:
                each.cancel()
            ended = await asyncio.gather(*clients, return_exceptions=True)
            failed = [each for each in ended if isinstance(each, Exception)]
            if failed:
                raise failed[0]

    async def _start(self, stack: AsyncExitStack) -> Faults:
        installation, endpoints = self.installation, Endpoints(self.journal)
        await stack.enter_async_context(served(endpoints, installation.endpoint_port))
        await installation.start()
        endpoints.secrets.update({each.name: each.notify_secret for each in installation.shops})
        ports = {n: each.port for n, each in installation.programs.items() if each.role == "api"}
        await stack.enter_async_context(open_ingress(installation.plan.settings.api_port, ports))
        self.say("everything runs")
        return Faults(installation, endpoints, self.journal, self.http, self.say)

    def _clients(self) -> list[Client]:
        installation, merchant = self.installation, self.installation.environ
        return [
            Client(
                Caller(self.http, installation.plan.api, self.journal, self.seed * 1_000 + number),
                installation.shops[number % len(installation.shops)],
                installation.plan.mock,
                merchant["PE_GATEWAYS__JUSPAY__MERCHANT_ID"],
            )
            for number in range(self.setting.clients)
        ]

    async def _judge(self, kinds: list[FaultKind]) -> Outcome:
        """60 s after the last fault nothing may be stuck; then all the rest has time to settle."""
        last = self.faults.last_ended
        await asyncio.sleep(max(0.0, last + SETTLED_AFTER - time.monotonic()))
        first, evidence = await self._collect(), await self._collect()
        behind = sorted(set(stuck(first)) & set(stuck(evidence)))
        waited = waiting(evidence)
        self.say(f"{SETTLED_AFTER:.0f} s after the last fault: {len(behind)} stuck, "
                 f"{len(waited)} wait for their next check")  # fmt: skip
        evidence, found = await self._settled(evidence)
        wrong = [Violation(Wrong.RECOVERY, each) for each in self.faults.wrong]
        wrong += [Violation(Wrong.STUCK, each) for each in behind]
        return Outcome(
            setting=self.setting,
            seed=self.seed,
            planned={kind: kinds.count(kind) for kind in FaultKind},
            violations=[*wrong, *(each for each in found if each not in wrong)],
            journal=self.journal,
            recoveries=self.faults.recoveries,
            away=self.faults.away,
            evidence=evidence,
            waited=waited,
            settled=time.monotonic() - last,
        )

    async def _settled(self, evidence: Evidence) -> tuple[Evidence, list[Violation]]:
        """The evidence once nothing is wrong, or when what is wrong has had its time.

        Wrong is what two looks show: a payment may change while its rows are read.
        """
        found = verdict(evidence)
        while found:
            limit = _AFTER_EXPIRY if waiting(evidence) else _AFTER_ALL
            over = time.monotonic() > self.faults.last_ended + limit
            await asyncio.sleep(_LOOKS)
            evidence = await self._collect()
            again = verdict(evidence)
            lasting = [each for each in again if each in found]
            if over or _is_final(lasting):
                return evidence, lasting
            found = again
        return evidence, []

    async def _collect(self) -> Evidence:
        return await collect(self.installation, self.journal, self.http)
