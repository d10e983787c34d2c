"""Gauges that are read from the database when they are scraped, so that none outlives its cause.

Whoever is scraped, API or worker, shows the same. Every label set exists from the start.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from math import inf
from typing import get_args

import structlog
from prometheus_client.metrics_core import GaugeMetricFamily

from payment_engine.db.quarantine import NOT_UNDERSTOOD
from payment_engine.db.signals import AGES, REFUND_AGES, SignalRow
from payment_engine.domain.downtime import Provider
from payment_engine.domain.errors import SignatureFault
from payment_engine.domain.jobs import JobKind
from payment_engine.domain.payment_methods import Method
from payment_engine.domain.routing import USUAL_WEIGHT
from payment_engine.domain.states import REFUND_UNSETTLED

FRESH = 5.0
"""Seconds for which what was read is shown again."""
_PATIENCE = 1.0
"""Seconds for which a scrape waits; after that it shows what was read last, and how old that is."""

Routes = Mapping[str, Iterable[Method]]
"""The methods of each configured gateway."""
Values = dict[tuple[str, ...], float]

_log = structlog.get_logger()


@dataclass(frozen=True)
class Signal:
    """A gauge: what it means and its labels."""

    name: str
    meaning: str
    labels: tuple[str, ...] = ()

    def family(self, values: Values) -> GaugeMetricFamily:
        """As prometheus-client renders it."""
        family = GaugeMetricFamily(f"payment_engine_{self.name}", self.meaning, labels=self.labels)
        for labels, value in sorted(values.items()):
            family.add_metric(labels, value)
        return family


SIGNALS = (
    Signal(
        "unsettled_attempts",
        "Attempts without a final status, by how many seconds they are old at least.",
        ("gateway", "method", "older_than"),
    ),
    Signal("overdue_attempts", "Attempts without a final status after T+5."),
    Signal(
        "undecided_refunds",
        "Refunds without a final status, by how many seconds they are old at least.",
        ("status", "older_than"),
    ),
    Signal(
        "unreturned_conflicts",
        "Automatic refunds, of money that cannot pay its order, that are not through yet, by how "
        "many seconds they are old at least.",
        ("older_than",),
    ),
    Signal("open_reviews", "Attempts and refunds in review.", ("subject", "gateway")),
    Signal("outbox_messages", "Messages that wait for an order service.", ("merchant",)),
    Signal("outbox_oldest_seconds", "Age of the oldest of these messages.", ("merchant",)),
    Signal("outbox_dead", "Messages that were given up.", ("merchant",)),
    Signal("outbox_undeliverable", "Messages without an address to send to.", ("merchant",)),
    Signal("jobs_due", "Jobs that are due or run.", ("kind",)),
    Signal("jobs_late", "Jobs that were due a minute ago.", ("kind",)),
    Signal("jobs_suspended", "Jobs that failed too often and wait for a person.", ("kind",)),
    Signal("unhandled_notices", "Verified webhooks that are not applied yet.", ("gateway",)),
    Signal("unhandled_notices_oldest_seconds", "Age of the oldest of these.", ("gateway",)),
    Signal(
        "last_notice_timestamp_seconds",
        "When a webhook of the gateway was last applied (Unix time); 0 if it is in none of the "
        "latest 2,000.",
        ("gateway",),
    ),
    Signal(
        "last_success_timestamp_seconds",
        "When a charge of the gateway last succeeded (Unix time); 0 if it is in none of the latest "
        "2,000.",
        ("gateway",),
    ),
    Signal("quarantined", "Webhooks in quarantine.", ("gateway", "cause")),
    Signal(
        "unmatched_reports",
        "Charges and refunds that a gateway has reported, that are unknown to us and not matched.",
        ("gateway", "kind"),
    ),
    Signal(
        "breaker",
        "The breaker of a gateway and method: 0 closed, 1 half open (one charge probes), 2 open.",
        ("gateway", "method"),
    ),
    Signal(
        "provider_down_seconds",
        "For how many seconds a bank, UPI app or wallet is down; 0 while it works.",
        ("method", "provider"),
    ),
    Signal(
        "route_enabled",
        "Whether on-call staff let charges pass: 1, or 0 where they switched it off.",
        ("gateway", "method"),
    ),
    Signal(
        "route_weight",
        "The share of charges, as on-call staff set it; 100 is usual.",
        ("gateway", "method"),
    ),
    Signal(
        "heartbeat_age_seconds",
        "Seconds since any process of this role renewed its heartbeat; +Inf if none ever did.",
        ("role",),
    ),
    Signal("running_processes", "Processes with a heartbeat in the last 10 seconds.", ("role",)),
)
"""What all processes share, read from the database."""
OWN_SIGNALS = (
    Signal(
        "signals_age_seconds",
        "Age of the gauges that are read from the database; +Inf if they were never read.",
    ),
    Signal("clock_offset_seconds", "How far the clock of this process is ahead of the database's."),
    Signal("pool_connections", "Database connections in use or being opened.", ("pool",)),
    Signal("pool_size", "The most database connections.", ("pool",)),
    Signal("pool_waiting", "Statements that wait for a database connection.", ("pool",)),
    Signal("spool_bytes", "Raw exchanges on disk, to be written to MongoDB, in bytes."),
    Signal("spool_size_bytes", "The most bytes of raw exchanges on disk."),
    Signal(
        "mongodb_reached",
        "1 while raw exchanges go to MongoDB, 0 while they are spilled (if `PE_MONGO_URL` is set).",
    ),
    Signal(
        "replica_lag_seconds",
        "Seconds by which the replica is behind at most; +Inf if it does not answer (if "
        "`PE_REPLICA_URL` is set).",
    ),
    Signal("replica_lag_most_seconds", "Seconds beyond which the primary is read instead."),
    Signal(
        "broker_reached",
        "1 while the broker takes messages to order services, 0 while it does not (if "
        "`PE_MESSAGES_BROKER` is set).",
    ),
    Signal("build_info", "1; the labels are what runs.", ("version", "python")),
)
"""What each process shows of itself."""


def zeros(routes: Routes, providers: Collection[Provider] = ()) -> dict[str, Values]:
    """Each signal with the values of an idle service, for every label set that is known."""
    gateways = list(routes)
    pairs = [(name, method.value) for name, methods in routes.items() for method in methods]
    causes = (*get_args(SignatureFault), NOT_UNDERSTOOD)
    sets: dict[str, Iterable[tuple[str, ...]]] = {
        "unsettled_attempts": ((*pair, str(age)) for pair, age in product(pairs, AGES)),
        "overdue_attempts": [()],
        "undecided_refunds": (
            (status.value, str(age)) for status, age in product(REFUND_UNSETTLED, REFUND_AGES)
        ),
        "unreturned_conflicts": ((str(age),) for age in REFUND_AGES),
        "open_reviews": product(("attempt", "refund"), gateways),
        "outbox_messages": [],
        "outbox_oldest_seconds": [],
        "outbox_dead": [],
        "outbox_undeliverable": [],
        **dict.fromkeys(_OF_JOBS, tuple((kind.value,) for kind in JobKind)),
        **dict.fromkeys(_OF_GATEWAYS, tuple((gateway,) for gateway in gateways)),
        "quarantined": product(gateways, causes),
        "unmatched_reports": product(gateways, ("charge", "refund")),
        "provider_down_seconds": ((method.value, name) for method, name in providers),
        **dict.fromkeys(_OF_ROUTES, pairs),
        **dict.fromkeys(_OF_ROLES, (("api",), ("worker",))),
    }
    return {name: dict.fromkeys(each, _USUAL.get(name, 0.0)) for name, each in sets.items()}


_OF_JOBS = ("jobs_due", "jobs_late", "jobs_suspended")
_OF_GATEWAYS = (
    *("unhandled_notices", "unhandled_notices_oldest_seconds"),
    *("last_notice_timestamp_seconds", "last_success_timestamp_seconds"),
)
_OF_ROLES = ("heartbeat_age_seconds", "running_processes")
_OF_ROUTES = ("breaker", "route_enabled", "route_weight")
_USUAL = {
    "route_enabled": 1.0,
    "route_weight": float(USUAL_WEIGHT),
    "heartbeat_age_seconds": inf,
}
"""What an idle service shows, where that is not 0."""


@dataclass
class _Reading:
    """What was read, and when (monotonic seconds)."""

    rows: Sequence[SignalRow] = ()
    at: float = -inf


@dataclass
class Signals:
    """What was last read, for all who scrape this process.

    A scrape reads again if that is older than FRESH, at most one at a time; a slow or absent
    database delays it by a second at most. ``monotonic`` gives seconds.
    """

    read: Callable[[], Awaitable[Sequence[SignalRow]]]
    monotonic: Callable[[], float] = time.monotonic
    _last: _Reading = field(default_factory=_Reading)
    _task: asyncio.Task[None] | None = None

    async def refresh(self) -> None:
        """Read again if it is time; returns within a second and never raises."""
        if self.monotonic() - self._last.at < FRESH:
            return
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._read())
        await asyncio.wait((self._task,), timeout=_PATIENCE)

    async def close(self) -> None:
        """End a reading that is under way."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def families(
        self, routes: Routes, own: Mapping[str, Values], providers: Collection[Provider] = ()
    ) -> list[GaugeMetricFamily]:
        """Every gauge as last read. ``routes`` and ``providers``: what this process is configured
        with; ``own``: what it shows of itself, by signal."""
        values = zeros(routes, providers) | {
            "signals_age_seconds": {(): self.monotonic() - self._last.at},
            **own,
        }
        for row in self._last.rows:
            values[row.signal][row.labels] = row.value
        return [signal.family(values[signal.name]) for signal in (*SIGNALS, *OWN_SIGNALS)]

    async def _read(self) -> None:
        at = self.monotonic()
        try:
            rows = await self.read()
        except Exception as error:  # noqa: BLE001 - the age of the gauges tells that they are old
            _log.warning("signals_not_read", error=type(error).__name__)
            return
        self._last = _Reading(rows, at)
