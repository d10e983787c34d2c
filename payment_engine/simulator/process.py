"""One simulated process: the service's engine over the shared database, until it is killed."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal, cast

from pydantic import SecretStr

from payment_engine.db.connection import Database as PostgresDatabase
from payment_engine.db.work_store import WorkStore
from payment_engine.domain.store import PaymentStore
from payment_engine.encryption import Sealer
from payment_engine.engine import Engine
from payment_engine.gateways.base import Gateway
from payment_engine.gateways.http import Answer, Wire
from payment_engine.gateways.transport import AiohttpTransport
from payment_engine.heartbeat import Heartbeat
from payment_engine.services.attempts.orphans import check_soon
from payment_engine.services.queue.stream import Stream
from payment_engine.settings import Settings
from payment_engine.simulator.database import Remote
from payment_engine.simulator.gateway import Alpha, Beta
from payment_engine.simulator.loop import Owner
from payment_engine.store.gateway_log import GatewayLog
from payment_engine.throttle import Throttle
from payment_engine.worker import ORPHAN_SECONDS, job_streams, outbox_stream, repeat

if TYPE_CHECKING:
    from payment_engine.simulator.world import World

Role = Literal["api", "worker"]
Work = Callable[[Engine], Coroutine[Any, Any, Any]]

_SECRET = "simulated-" * 4
SETTINGS = Settings(secret=SecretStr(_SECRET), gateways={"alpha": {}, "beta": {}})
SEALER = Sealer(_SECRET)
_TRANSPORT = AiohttpTransport()


class Gone(Exception):
    """The connection to a process broke before it answered."""


class Process(Owner):
    """An API or a worker. Its clock is ``skew`` seconds fast."""

    def __init__(self, world: "World", index: int, role: Role, skew: float) -> None:
        super().__init__()
        self.index = index
        self.role: Role = role
        self.on_death = self.kill
        self._world = world
        self._skew = timedelta(seconds=skew)
        self._pending: set[asyncio.Future[Any]] = set()
        self._stop = asyncio.Event()
        self.engine = self._engine()
        self.streams: list[Stream[Any]] = []
        if role == "worker":
            self.streams = [*job_streams(self.engine), outbox_stream(self.engine)]

    def start(self) -> None:
        """Send heartbeats, and work, if it is a worker."""
        self._world.loop.start_for(self, self._run())

    def kill(self) -> None:
        """Nothing of its code runs any more; who waits for an answer gets none."""
        self.dead = True
        self._world.coverage.killed(self)
        for pending in self._pending:
            self._world.later(0.001, _settle, pending, Gone())

    def serve(self, work: Work) -> "asyncio.Future[Any]":
        """Do what a request wants, as the routes do; the answer, or the error, of it."""
        answer: asyncio.Future[Any] = self._world.loop.create_future()
        if self.dead:
            self._world.later(0.001, _settle, answer, Gone())
            return answer
        self._pending.add(answer)
        self._world.loop.start_for(self, self._serve(work, answer))
        return answer

    async def round(self) -> None:
        """Do all that is due, with a fresh heartbeat; raises Gone if it dies meanwhile."""
        await self.serve(lambda _: self._round())

    async def _round(self) -> None:
        await self.engine.heartbeat.renew()
        await asyncio.gather(*(stream.round() for stream in self.streams))

    def now(self) -> datetime:
        """The time by this process's clock."""
        return self._world.now() + self._skew

    async def _run(self) -> None:
        await self.engine.heartbeat.start()
        pace = self._world.random.uniform(2, 12)
        rounds = [each.work_until(self._stop, pace) for each in self.streams]
        if self.role == "worker":
            stop, wait = self._stop, ORPHAN_SECONDS
            rounds.append(repeat(self.engine, "orphans", check_soon, stop, wait))
        await asyncio.gather(*rounds)

    async def _serve(self, work: Work, answer: "asyncio.Future[Any]") -> None:
        try:
            result = await self.engine.critical.run(work(self.engine))
        except Exception as error:  # noqa: BLE001 - the caller gets it, whatever it is
            result = error
        self._pending.discard(answer)
        self._world.later(self._world.latency(0.02), _settle, answer, result)

    def _engine(self) -> Engine:
        world = self._world
        payments = cast(PaymentStore, Remote(world.database, world.payments))
        work = cast(WorkStore, Remote(world.database, world.leases(self)))
        processes = Remote(world.database, world.processes_table)
        process_id = f"prc_{world.ids.getrandbits(95):020x}"[:24]
        heartbeat = Heartbeat(
            process_id, self.role, lambda: cast(Any, processes), clock=world.loop.time
        )
        engine = Engine(
            settings=SETTINGS.model_copy(
                update={"refund_approval_above": world.plan.approval_above}
            ),
            db=PostgresDatabase("postgres://nowhere", size=2),
            payments=payments,
            work=work,
            gateways=self._gateways(heartbeat),
            raw_log=_NoLog(),
            sealer=SEALER,
            shop=_ShopWire(world),
            heartbeat=heartbeat,
            now=self.now,
            monotonic=world.loop.time,
            randbits=world.ids.getrandbits,
            throttle=_NoThrottle(),
        )
        world.parts.changed(engine)
        return engine

    def _gateways(self, heartbeat: Heartbeat) -> dict[str, Gateway]:
        kinds = (Alpha, Beta)
        return {kind.name: kind(self._world, heartbeat.fresh) for kind in kinds}


class _NoLog(GatewayLog):
    """Records nothing: the raw log is no part of what is simulated."""

    def __init__(self) -> None:
        """Without a queue or a folder."""

    def record(self, exchange: object) -> None:
        """Forget it."""


class _NoThrottle(Throttle):
    """Counts nothing, since its windows are on the wall clock."""

    def __init__(self) -> None:
        """Without storage."""

    def count(self, rates: str, *key: str) -> None:
        """Let it pass."""


class _ShopWire(Wire):
    """The way to the shop."""

    def __init__(self, world: "World") -> None:
        super().__init__("order_service", record=lambda _: None, transport=_TRANSPORT)
        self._world = world

    async def send(self, operation: str, method: str, url: str, **more: Any) -> Answer:
        """Deliver a message; raises as the real wire does."""
        return await self._world.shop.receive(more["headers"]["webhook-id"], more["content"])


def _settle(answer: "asyncio.Future[Any]", result: Any) -> None:
    if answer.done():
        return
    if isinstance(result, Exception):
        answer.set_exception(result)
    else:
        answer.set_result(result)
