"""Prometheus metrics. Every label has few values: no ids of payments, UPI IDs or card prefixes.

Those of one process are here; those that all processes read from the database: signals.py.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from itertools import product
from typing import TypeVar

import structlog
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.metrics_core import Metric

from payment_engine.domain.declines import ResultClass
from payment_engine.domain.gateway import FailureCause
from payment_engine.domain.jobs import JobKind
from payment_engine.domain.outcomes import Conflict
from payment_engine.domain.payment_methods import Method
from payment_engine.domain.states import AttemptStatus, RefundStatus

_PREFIX = "payment_engine_"
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 30)
_WAITS = (1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 7200, 86400)
_HTTP_STATUSES = ("200", "201", "400", "401", "403", "404", "409", "422", "429", "500", "503")

Labelled = TypeVar("Labelled", Counter, Gauge, Histogram)

ORDER_SERVICE = "order_service"
IDENTITY_PROVIDER = "identity_provider"
"""What stands in the place of a gateway for calls to order services."""

_log = structlog.get_logger()


disable_created_metrics()  # type: ignore[no-untyped-call] # a series beside each, unread


def _counter(name: str, meaning: str, *labels: str) -> Counter:
    return Counter(_PREFIX + name, meaning, labels)


policy_violations = _counter(
    "policy_violations_total",
    "What browsers report that the policy of a page has blocked, by directive.",
    "directive",
)
gateway_calls = _counter(
    "gateway_calls",
    "Calls to gateways: answered, or why not.",
    "gateway",
    "operation",
    "outcome",
)
gateway_failures = _counter(
    "gateway_failures", "Calls without a usable answer, by cause.", "gateway", "cause"
)
charges_without_answer = _counter(
    "charges_without_answer",
    "Charges, captures, refunds and looks at them that learned nothing, by cause.",
    "gateway",
    "cause",
)
gateway_seconds = Histogram(
    _PREFIX + "gateway_seconds",
    "Duration of gateway calls in seconds.",
    ("gateway", "operation"),
    buckets=_SECONDS,
)
gateway_in_flight = Gauge(_PREFIX + "gateway_in_flight", "Gateway calls in progress.", ("gateway",))
reroutes = _counter(
    "reroutes", "Charges that moved to another gateway, by the gateway they left.", "gateway", "why"
)
refused_by_limits = _counter(
    "refused_by_limits", "Requests that a limit refused, by what it counts.", "limit"
)
unknown_statuses = _counter(
    "unknown_statuses", "Gateway statuses that are in no table of ours.", "gateway"
)
unknown_codes = _counter("unknown_codes", "Declines whose code is in no table of ours.", "gateway")
unproven_answers = _counter(
    "unproven_answers", "Gateway responses with an invalid signature.", "gateway"
)
http_requests = _counter("http_requests", "HTTP requests.", "method", "route", "status")
http_seconds = Histogram(
    _PREFIX + "http_seconds",
    "Duration of HTTP requests in seconds, without long polls.",
    ("route",),
    buckets=_SECONDS,
)
long_poll_seconds = Histogram(
    _PREFIX + "long_poll_seconds",
    "Duration of requests that wait for a change, in seconds.",
    buckets=_SECONDS,
)
attempts = _counter("attempts", "Attempts that reached a status.", "gateway", "method", "status")
attempt_results = _counter(
    "attempt_results",
    "Attempts that ended, by whose success or failure that was.",
    "gateway",
    "method",
    "result",
)
verdict_seconds = Histogram(
    _PREFIX + "verdict_seconds",
    "Seconds from the start of an attempt to its success or failure.",
    ("gateway", "method"),
    buckets=_WAITS,
)
notice_lag_seconds = Histogram(
    _PREFIX + "notice_lag_seconds",
    "Seconds from a webhook's own time to its arrival, where it names one.",
    ("gateway",),
    buckets=_WAITS,
)
refunds = _counter("refunds", "Refunds that reached a status.", "gateway", "status")
conflicts = _counter("conflicts", "Successes that could not pay their order.", "kind")
reviews = _counter("reviews", "Attempts and refunds put in review.", "gateway")
webhooks = _counter("notices", "Webhooks, by outcome.", "gateway", "outcome")
WEBHOOK_OUTCOMES = (
    *("stored", "duplicate", "not_understood"),
    *("rejected", "quarantined", "dropped"),
)
deliveries = _counter("deliveries", "Messages to order services, by outcome.", "outcome")
jobs = _counter("jobs", "Jobs run, by kind and outcome.", "kind", "outcome")
payments_erased = _counter(
    "payments_erased", "Payments whose personal data was erased, since its time was over."
)
raw_log_queue = Gauge(_PREFIX + "raw_log_queue", "Raw exchanges waiting to be written.")
raw_log_records = _counter("raw_log_records", "Raw exchanges, by outcome.", "outcome")
card_numbers_masked = _counter(
    "card_numbers_masked", "Values with a card number that were masked before they were logged."
)


worker_failures = _counter("worker_failures", "Rounds and claims of a worker that failed.", "round")
worker_round = Gauge(
    _PREFIX + "worker_round_seconds", "When a worker last finished a round (Unix time).", ("round",)
)


Gauges = Callable[[], Iterable[Metric]]
"""What is read when a process is scraped, besides what it counts itself."""


def start_at_zero(routes: Mapping[str, Iterable[Method]]) -> None:
    """Make every label set of the gateways' counters, so that its first increase is counted.

    ``routes``: the methods of each configured gateway.
    """
    for gateway, methods in routes.items():
        gateway_in_flight.labels(gateway)
        for counter in (unknown_statuses, unknown_codes, unproven_answers, reviews):
            counter.labels(gateway)
        for cause in FailureCause:
            for counter in (gateway_failures, charges_without_answer, reroutes):
                counter.labels(gateway, cause.value)
        for outcome in WEBHOOK_OUTCOMES:
            webhooks.labels(gateway, outcome)
        for refund_status in RefundStatus:
            refunds.labels(gateway, refund_status.value)
        for method in methods:
            verdict_seconds.labels(gateway, method.value)
            for status in AttemptStatus:
                attempts.labels(gateway, method.value, status.value)
            for result in ResultClass:
                attempt_results.labels(gateway, method.value, result.value)
        notice_lag_seconds.labels(gateway)
    _start_all_at_zero()


def _start_all_at_zero() -> None:
    for cause in FailureCause:
        gateway_failures.labels(ORDER_SERVICE, cause.value)
    for conflict in Conflict:
        conflicts.labels(conflict.value)
    for outcome in ("delivered", "failed", "dead", "undeliverable"):
        deliveries.labels(outcome)
    for kind, outcome in product(JobKind, ("done", "again", "failed", "held")):
        jobs.labels(kind.value, outcome)
    for outcome in ("written", "spilled", "filled", "dropped"):
        raw_log_records.labels(outcome)


@cache
def start_operation_at_zero(gateway: str, operation: str) -> None:
    """Make the label sets of an operation, when it is used for the first time."""
    for outcome in ("answered", *FailureCause):
        gateway_calls.labels(gateway, operation, outcome)


@cache
def start_http_at_zero(method: str, route: str) -> None:
    """Make the label sets of the usual statuses of a method and route."""
    http_seconds.labels(route)
    for status in _HTTP_STATUSES:
        http_requests.labels(method, route, status)


@cache
def series(metric: Labelled, *labels: str) -> Labelled:
    """The one of a metric with these labels; to find it among all costs more than to count."""
    return metric.labels(*labels)


def render(gauges: Iterable[Metric] = ()) -> tuple[bytes, str]:
    """The metrics in Prometheus text format, and its content type."""
    return generate_latest(registry(lambda: gauges)), CONTENT_TYPE_LATEST


def registry(gauges: Gauges) -> CollectorRegistry:
    """What the process counts, with gauges that are read for each scrape, in its thread."""
    return _Registry(gauges)


class _Registry(CollectorRegistry):
    """What the process counts, with gauges that are read for each scrape."""

    def __init__(self, gauges: Gauges) -> None:
        super().__init__()
        self._gauges = gauges

    def collect(self) -> Iterator[Metric]:
        yield from self._gauges()
        yield from REGISTRY.collect()
