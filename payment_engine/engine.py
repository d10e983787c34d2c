"""Opens and closes what the service needs: the first argument of every service function."""

import secrets
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from payment_engine import metrics
from payment_engine.admission import Admission
from payment_engine.brokers import build_broker
from payment_engine.brokers.watched import WatchedBroker
from payment_engine.caches import BalanceRefreshes, CardFactsCache, VpaCache
from payment_engine.critical import Critical
from payment_engine.db import rates
from payment_engine.db.batches import Batches
from payment_engine.db.committer import Committer
from payment_engine.db.connection import Database, ForStaff
from payment_engine.db.jobs import JobEnd
from payment_engine.db.methods_context import MethodsContexts
from payment_engine.db.outbox import MessageEnd
from payment_engine.db.payment_store import PostgresPaymentStore
from payment_engine.db.processes import Role
from payment_engine.db.replica import ReplicaAddress
from payment_engine.db.signals import read_signals
from payment_engine.db.work_store import PostgresWorkStore, WorkStore
from payment_engine.domain.calendar import overdue_before
from payment_engine.domain.gateway import CardEntry, NotSent
from payment_engine.domain.ids import Prefix, new_id
from payment_engine.domain.payment_methods import Method
from payment_engine.domain.store import PaymentStore
from payment_engine.domain.wire import CALLS_AT_ONCE, JOBS_AT_ONCE
from payment_engine.encryption import Sealer
from payment_engine.gateways import build_gateways
from payment_engine.gateways.base import Gateway
from payment_engine.gateways.connections import load_transport
from payment_engine.gateways.http import Wire
from payment_engine.gateways.identity import PublicKeys
from payment_engine.heartbeat import Heartbeat
from payment_engine.leased_rates import Lease, LeasedRates
from payment_engine.pauses import JobPauses
from payment_engine.routes import Routes
from payment_engine.settings import Settings
from payment_engine.signals import Signals
from payment_engine.store.gateway_log import GatewayLog
from payment_engine.throttle import Throttle
from payment_engine.waiters import Waiters


def utc_now() -> datetime:
    """The clock of the service; tests pass another."""
    return datetime.now(UTC)


@dataclass(kw_only=True)
class Engine:
    """Everything opened at start and closed at stop."""

    settings: Settings
    db: Database
    payments: PaymentStore
    work: WorkStore
    gateways: dict[str, Gateway]
    raw_log: GatewayLog
    sealer: Sealer
    shop: Wire
    heartbeat: Heartbeat
    now: Callable[[], datetime] = utc_now
    monotonic: Callable[[], float] = time.monotonic
    identity: PublicKeys | None = None
    """The keys of the identity provider of people on call, if there is one."""
    payments_for_staff: PaymentStore | None = None
    """The same payments, read by the connections for people on call."""
    broker: WatchedBroker | None = None
    """What messages to order services are handed to, if not to each shop's own address."""
    randbits: Callable[[int], int] = secrets.randbits
    critical: Critical = field(default_factory=Critical)
    throttle: Throttle = field(default_factory=Throttle)
    card_facts: CardFactsCache = field(default_factory=CardFactsCache)
    vpas: VpaCache = field(default_factory=VpaCache)
    balances: BalanceRefreshes = field(default_factory=BalanceRefreshes)
    committer: Committer = field(init=False)
    job_ends: Batches[JobEnd, None] = field(init=False)
    message_ends: Batches[MessageEnd, None] = field(init=False)
    methods_contexts: MethodsContexts = field(init=False)
    waiters: Waiters = field(init=False)
    attempts: Admission = field(init=False)
    leased_rates: LeasedRates = field(init=False)
    routes: Routes = field(init=False)
    job_pauses: JobPauses = field(init=False)
    signals: Signals = field(init=False)

    def __post_init__(self) -> None:
        """Write in batches, and let the waiters poll what is written."""
        self.committer = Committer(
            self.payments, for_staff=self.payments_for_staff, clock=self.monotonic
        )
        self.job_ends = Batches(self.work.end_jobs)
        self.message_ends = Batches(self.work.end_messages)
        self.methods_contexts = MethodsContexts(self.db, self.now)
        most = self.settings.database_pool
        self.attempts = Admission(
            share=self.settings.attempts_share,
            wait=self.settings.attempts_wait,
            crowded=lambda: self.db.pool.waiting >= most,
            clock=self.monotonic,
        )
        self.signals = Signals(
            lambda: read_signals(self.db.oncall, list(self.gateways), overdue_before(self.now())),
            self.monotonic,
        )
        self.routes = Routes(self.monotonic)
        self.job_pauses = JobPauses(self.monotonic)
        self.leased_rates = LeasedRates(self.leases, self.critical.spawn, clock=self.monotonic)
        self.waiters = Waiters(self.committer.store.versions, self.critical.spawn)

    async def leases(self, leases: Mapping[str, Lease]) -> Mapping[str, int]:
        """Lease so much of each window; how much of it is leased by then, to any process."""
        uses = {window_id: (lease.until, lease.uses) for window_id, lease in leases.items()}
        return await rates.add(self.db, uses)

    def gateway(self, name: str) -> Gateway:
        """The gateway of this name; raises NotSent if it is not configured."""
        if name not in self.gateways:
            raise NotSent(f"{name} is not configured")
        return self.gateways[name]

    @property
    def open_gateways(self) -> dict[str, Gateway]:
        """Those that take new charges, by name."""
        closed = self.settings.closed_gateways
        return {name: each for name, each in self.gateways.items() if name not in closed}

    def card_entry(self, gateway: Gateway) -> CardEntry | None:
        """Where the checkout's own fields send a card; None if the gateway's page takes it."""
        return gateway.card_entry() if self.settings.card_fields_saq_a_ep else None

    def shows_within(self, gateway: str, method: str) -> timedelta:
        """How long after its start a gateway may show a charge for the first time."""
        chosen = self.gateways[gateway]
        on_page = method == Method.CARD and not self.settings.card_fields_saq_a_ep
        return chosen.page_shows_within if on_page else chosen.shows_within

    def new_id(self, prefix: Prefix) -> str:
        """A new identifier of this kind."""
        return new_id(prefix, int(self.now().timestamp() * 1000), self.randbits)

    @property
    def process_id(self) -> str:
        """Under which this process's work is known to the others."""
        return self.heartbeat.process_id


@asynccontextmanager
async def open_engine(
    settings: Settings, *, role: Role = "tool", now: Callable[[], datetime] = utc_now
) -> AsyncIterator[Engine]:
    """The opened engine. At the end it waits for critical work before it closes anything."""
    db = Database(
        settings.database_url,
        size=settings.database_pool,
        pooler=settings.database_pooler == "transaction",
        replica=_replica(settings, lambda: time.time() - heartbeat.clock_offset),
    )
    raw_log = GatewayLog(
        settings.mongo_url, spool_dir=settings.spool_dir, days=settings.raw_log_days
    )
    if role != "tool":
        load_transport()
    process_id = new_id("prc", int(now().timestamp() * 1000))
    heartbeat = Heartbeat(process_id, role, lambda: db.apart)
    gateways = build_gateways(
        settings.gateways,
        record=raw_log.record,
        in_transaction=db.in_transaction_now,
        alive=heartbeat.fresh,
        bounds=settings.wires,
        at_once=JOBS_AT_ONCE if role == "worker" else CALLS_AT_ONCE,
    )
    engine = Engine(
        settings=settings,
        db=db,
        payments=PostgresPaymentStore(db),
        payments_for_staff=PostgresPaymentStore(ForStaff(db)),
        work=PostgresWorkStore(db),
        gateways=gateways,
        raw_log=raw_log,
        sealer=Sealer(*settings.root_secrets),
        shop=Wire(
            metrics.ORDER_SERVICE,
            record=raw_log.record,
            in_transaction=db.in_transaction_now,
            max_in_flight=JOBS_AT_ONCE,
        ),
        identity=_identity(settings),
        broker=_broker(settings),
        heartbeat=heartbeat,
        now=now,
    )
    await db.open()
    await raw_log.start()
    await heartbeat.start()
    metrics.start_at_zero({name: gateway.methods for name, gateway in gateways.items()})
    try:
        yield engine
    finally:
        await engine.critical.drain(settings.shutdown_grace)
        await engine.committer.drain()
        for wire in _wires(engine):
            await wire.aclose()
        if engine.broker:
            await engine.broker.close()
        await engine.signals.close()
        await heartbeat.stop()
        await raw_log.close(settings.shutdown_grace)
        await db.close()


def _replica(settings: Settings, primary_time: Callable[[], float]) -> ReplicaAddress | None:
    if settings.replica_url is None:
        return None
    return ReplicaAddress(
        url=settings.replica_url, lag_most=settings.replica_lag_most, primary_time=primary_time
    )


def _broker(settings: Settings) -> WatchedBroker | None:
    """Connected by its first use."""
    url = settings.messages_broker
    return WatchedBroker(build_broker(url.get_secret_value())) if url else None


def _identity(settings: Settings) -> PublicKeys | None:
    """Its answers are public: none of them is recorded."""
    if settings.oidc_jwks_url is None:
        return None
    wire = Wire(metrics.IDENTITY_PROVIDER, record=lambda _: None, total_timeout=2.0)
    return PublicKeys(settings.oidc_jwks_url, wire)


def _wires(engine: Engine) -> Iterator[Wire]:
    yield engine.shop
    yield from (gateway.wire for gateway in engine.gateways.values())
    if engine.identity:
        yield engine.identity.wire
