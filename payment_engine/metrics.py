"""Prometheus metrics. Every label has few values: no ids, UPI IDs or card prefixes."""

from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
    start_http_server,
)

_PREFIX = "payment_engine_"
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 30)


def _counter(name: str, meaning: str, *labels: str) -> Counter:
    return Counter(_PREFIX + name, meaning, labels)


gateway_calls = _counter(
    "gateway_calls", "Calls to gateways, by outcome.", "gateway", "operation", "outcome"
)
gateway_seconds = Histogram(
    _PREFIX + "gateway_seconds",
    "Duration of gateway calls in seconds.",
    ("gateway", "operation"),
    buckets=_SECONDS,
)
gateway_in_flight = Gauge(_PREFIX + "gateway_in_flight", "Gateway calls in progress.", ("gateway",))
breakers = Gauge(
    _PREFIX + "breaker",
    "The breaker of a gateway and method: 0 closed, 1 half open (one charge probes), 2 open.",
    ("gateway", "method"),
)
reroutes = _counter(
    "reroutes", "Charges that moved to another gateway, by the gateway they left.", "gateway", "why"
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
    _PREFIX + "http_seconds", "Duration of HTTP requests in seconds.", ("route",), buckets=_SECONDS
)
attempts = _counter("attempts", "Attempts that reached a status.", "gateway", "method", "status")
refunds = _counter("refunds", "Refunds that reached a status.", "gateway", "status")
conflicts = _counter("conflicts", "Successes that could not pay their order.", "kind")
reviews = _counter("reviews", "Attempts and refunds put in review.", "gateway")
overdue_attempts = Gauge(
    _PREFIX + "overdue_attempts", "Attempts without a final status after T+5, as last counted."
)
webhooks = _counter("notices", "Webhooks, by outcome.", "gateway", "outcome")
deliveries = _counter("deliveries", "Messages to order services, by outcome.", "outcome")
jobs = _counter("jobs", "Jobs run, by kind and outcome.", "kind", "outcome")
raw_log_queue = Gauge(_PREFIX + "raw_log_queue", "Raw exchanges waiting to be written.")
raw_log_records = _counter("raw_log_records", "Raw exchanges, by outcome.", "outcome")


worker_failures = _counter("worker_failures", "Rounds and claims of a worker that failed.", "round")
worker_round = Gauge(
    _PREFIX + "worker_round_seconds", "When a worker last finished a round (Unix time).", ("round",)
)


def render() -> tuple[bytes, str]:
    """The metrics in Prometheus text format, and its content type."""
    return generate_latest(), CONTENT_TYPE_LATEST


@contextmanager
def serve(host: str, port: int | None) -> Iterator[None]:
    """Serve the metrics while the body runs, for a process without an API."""
    if port is None:
        yield
        return
    server, thread = start_http_server(port, addr=host)
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
