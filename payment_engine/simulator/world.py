"""One simulated world: the database, the gateways, the shop, and the processes between them."""

import random as global_random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from payment_engine.domain.states import RefundStatus
from payment_engine.domain.store import MerchantFacts
from payment_engine.engine import Engine
from payment_engine.services.incoming import accept_webhook
from payment_engine.simulator.bank import Bank, TrueCharge, TrueRefund
from payment_engine.simulator.checks import Checks
from payment_engine.simulator.coverage import Coverage
from payment_engine.simulator.database import Database
from payment_engine.simulator.gateway import webhook_body
from payment_engine.simulator.leases import Leases
from payment_engine.simulator.loop import VirtualLoop
from payment_engine.simulator.memory_store import MemoryPaymentStore
from payment_engine.simulator.memory_work import MemoryProcesses, MemoryWorkStore
from payment_engine.simulator.plan import FAULTY_SECONDS, GATEWAYS, Kill, Plan
from payment_engine.simulator.process import Gone, Process, Role, Work
from payment_engine.simulator.shop import ShopEndpoint
from payment_engine.simulator.tables import CustomerConfig, Tables

MERCHANT, CUSTOMER = "mer_0123456789abcdefghjk", "customer-1"
_EPOCH = datetime(2026, 1, 5, 6, tzinfo=UTC)
_ROLES: tuple[Role, ...] = ("api", "api", "worker", "worker")
_DELIVERIES = (0.0, 10.0, 60.0, 600.0, 3600.0)
"""Seconds before each delivery of a webhook that was not acknowledged."""


class Violation(Exception):
    """An invariant does not hold; the message is what is wrong."""


@dataclass(frozen=True)
class Parts:
    """What a test may build otherwise, to plant a fault that the simulator must find."""

    payments: type[MemoryPaymentStore] = MemoryPaymentStore
    work: type[MemoryWorkStore] = MemoryWorkStore
    changed: Callable[[Engine], None] = lambda _: None
    """Changes the engine of a process before it starts."""


SHIPPED = Parts()


class World:
    """Everything of one history. What is drawn is drawn from the plan's seed."""

    def __init__(self, plan: Plan, parts: Parts, coverage: Coverage) -> None:
        self.plan = plan
        self.parts = parts
        self.coverage = coverage
        self.random = Random(f"{plan.seed}/schedule")
        self.ids = Random(f"{plan.seed}/ids")
        global_random.seed(plan.seed)  # the jitter of the services
        self.loop = VirtualLoop(self.random)
        self.tables = Tables()
        self.tables.merchants[MERCHANT] = MerchantFacts(mcc="5912", upi_verified=False)
        if plan.most_attempts:
            limits = {"attempts_per_day": plan.most_attempts}
            self.tables.customers[MERCHANT, CUSTOMER] = CustomerConfig(limits)
        self.payments = parts.payments(self.now, self.tables)
        self.work = parts.work(self.tables, {MERCHANT: "https://shop.example/notify"})
        self.processes_table = MemoryProcesses(self.tables, self.now)
        self.database = Database(self)
        self.checks = Checks(self)
        self.shop = ShopEndpoint(self)
        self.banks = {
            name: Bank(
                name,
                Random(f"{plan.seed}/{name}"),
                self.later,
                self._changed,
                self.checks.overdrawn,
            )
            for name in GATEWAYS
        }
        self.processes: list[Process] = []
        self.slow = False
        """Whether one process of each role is left, which sends heartbeats as it works."""
        self.history: list[str] = []
        self.on_stored: Callable[[], None] = lambda: None
        self._faults = {(each.site, each.nth): each.kind for each in plan.faults}
        self._uses: dict[str, int] = {}
        self._webhooks = 0

    def now(self) -> datetime:
        """The true time."""
        return _EPOCH + timedelta(seconds=self.loop.time())

    def later(self, seconds: float, call: Callable[..., object], *values: Any) -> Any:
        """Call after so many seconds, whatever is killed meanwhile."""
        return self.loop.call_later(seconds, call, *values, context=self.loop.world)

    def latency(self, usual: float) -> float:
        """Seconds that something takes which usually takes ``usual``."""
        return usual * (0.2 + 2 * self.random.random() ** 3)

    def trace(self, line: str) -> None:
        """Add a line to the history."""
        self.history.append(f"{self.loop.time():10.3f}  {line}")

    def broken(self, sentence: str) -> None:
        """End the history: an invariant does not hold."""
        self.trace(f"VIOLATION: {sentence}")
        self.loop.fail(Violation(sentence))

    def fault(self, site: str, state: str) -> str | None:
        """What goes wrong at this use of a site; ``state``: of what it is about."""
        nth = self._uses.get(site, 0)
        self._uses[site] = nth + 1
        if self.loop.time() > FAULTY_SECONDS:
            return None
        kind = self._faults.get((site, nth))
        if kind:
            self.coverage.faults[site, kind, state] += 1
        return kind

    def away(self, what: str) -> bool:
        """Whether the shop or the database is away."""
        now = self.loop.time()
        return any(
            each.what == what and each.at <= now < each.at + each.seconds
            for each in self.plan.outages
        )

    def stored(self, statement: str) -> None:
        """A statement was carried out."""
        self.on_stored()

    def leases(self, process: Process) -> "Leases":
        """The work store as this process uses it."""
        return Leases(self, self.work, process)

    def status_of(self, ref: str) -> str:
        """The status of the attempt that a gateway is called about."""
        attempt = self.tables.attempts.get(f"att_{ref}")
        return attempt.status.value if attempt else "none"

    def start_processes(self) -> None:
        """Two APIs and two workers, and their deaths."""
        for index in range(len(_ROLES)):
            self.processes.append(self._process(index))
            self.processes[index].start()
        for kill in self.plan.kills:
            self.later(kill.at, self._doom, kill)

    def replace_processes(self) -> None:
        """Go on with one API and one worker, which send heartbeats as they work."""
        for process in self.processes:
            process.dies_at = None
            if not process.dead:
                process.kill()
        self.processes = [self._process(0), self._process(2)]
        self.slow = True

    @property
    def worker(self) -> Process:
        """The worker of the slow part of the history."""
        return self.processes[-1]

    async def call(self, work: Work) -> Any:
        """What an API answers; raises what it raises, and Gone."""
        living = [each for each in self.processes if each.role == "api" and not each.dead]
        if not living:
            raise Gone
        process = self.random.choice(living)
        if self.slow:
            await process.serve(lambda engine: engine.heartbeat.renew())
        return await process.serve(work)

    def emit(self, bank: str, body: bytes, *, forged: bool = False, surely: bool = False) -> None:
        """A webhook on its way, as far as the plan lets it.

        ``surely``: nothing else reports it, such as a refund that bounces after its success, or
        one that was made at the gateway.
        """
        fault = None if surely else self.fault(f"{bank}.webhook", "")
        delays = [self.random.expovariate(1 / 3)]
        if fault in ("hour_late", "minute_late"):
            delays = [3600.0 if fault == "hour_late" else 60.0]
        if fault == "twice":
            delays += [self.random.uniform(0, 30), self.random.uniform(0, 300)]
        for delay in [] if fault == "dropped" else delays:
            self.later(delay, self._send, bank, body, {"signature": "forged" if forged else "good"})

    def next_id(self) -> str:
        """The id of a webhook's event."""
        self._webhooks += 1
        return f"evt_{self._webhooks}"

    def _changed(self, bank: Bank, charge: TrueCharge, refund: TrueRefund | None) -> None:
        about = f"refund {refund.ref} is {refund.status}" if refund else f"is {charge.status}"
        self.trace(f"truth at {bank.name}: {charge.ref} {about}")
        bounced = refund is not None and refund.was_done and refund.status is RefundStatus.FAILED
        foreign = refund is not None and refund.foreign
        body = webhook_body(self.next_id(), [charge], refund)
        self.emit(bank.name, body, surely=bounced or foreign)

    def _send(self, bank: str, body: bytes, headers: dict[str, str]) -> None:
        self.loop.start(self._deliver(bank, body, headers))

    async def _deliver(self, bank: str, body: bytes, headers: dict[str, str]) -> None:
        """Until it is acknowledged, or its gateway gives up."""
        for wait in _DELIVERIES:
            await self.loop.pause(wait)
            try:
                await self.call(lambda engine: accept_webhook(engine, bank, headers, body))
            except Exception as error:  # noqa: BLE001 - whatever the answer, it is not 200
                self.checks.answered(error)
                self.trace(f"webhook of {bank} not taken: {type(error).__name__}")
            else:
                return

    def _process(self, index: int) -> Process:
        return Process(self, index, _ROLES[index], self.plan.skews[index])

    def _doom(self, kill: Kill) -> None:
        position = kill.process // 2 if self.slow else kill.process
        process = self.processes[position]
        if not process.dead:
            process.dies_at = process.steps + kill.turns
            process.on_death = lambda: self._die(process, position, kill.away)

    def _die(self, process: Process, position: int, away: float) -> None:
        self.trace(f"process {process.index} ({process.role}) is killed")
        process.kill()
        self.later(away, self._restart, process, position)

    def _restart(self, dead: Process, position: int) -> None:
        if dead in self.processes:
            self.processes[position] = self._process(dead.index)
            if not self.slow:
                self.processes[position].start()
