"""What is counted about the service, for Prometheus; every label has few values (OPS-10)."""

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
    "gateway_calls", "Calls to gateways, by what became of them.", "gateway", "operation", "outcome"
)
gateway_seconds = Histogram(
    _PREFIX + "gateway_seconds",
    "Seconds a gateway call took.",
    ("gateway", "operation"),
    buckets=_SECONDS,
)
gateway_in_flight = Gauge(_PREFIX + "gateway_in_flight", "Gateway calls under way.", ("gateway",))
breakers = Gauge(
    _PREFIX + "breaker",
    "Trust in a gateway for a method: 0 closed, 1 one charge probes, 2 open.",
    ("gateway", "method"),
)
reroutes = _counter(
    "reroutes", "Charges that moved to another gateway, by the one they left.", "gateway", "why"
)
unknown_statuses = _counter(
    "unknown_statuses", "Statuses from a gateway that no table of ours knows.", "gateway"
)
unknown_codes = _counter("unknown_codes", "Declines whose code no table of ours knows.", "gateway")
unproven_answers = _counter(
    "unproven_answers", "Answers of a gateway whose signature does not verify.", "gateway"
)
http_requests = _counter("http_requests", "Requests answered.", "method", "route", "status")
http_seconds = Histogram(
    _PREFIX + "http_seconds", "Seconds a request took.", ("route",), buckets=_SECONDS
)
attempts = _counter("attempts", "Attempts that reached a status.", "gateway", "method", "status")
refunds = _counter("refunds", "Refunds that reached a status.", "gateway", "status")
conflicts = _counter("conflicts", "Successes that could not pay their order.", "kind")
reviews = _counter("reviews", "Rows parked for a person.", "gateway")
overdue_attempts = Gauge(
    _PREFIX + "overdue_attempts", "Attempts without a verdict after T+5, as last counted."
)
notices = _counter("notices", "Webhooks, by what became of them.", "gateway", "outcome")
deliveries = _counter("deliveries", "Messages to order services, by outcome.", "outcome")
jobs = _counter("jobs", "Jobs done, by kind and outcome.", "kind", "outcome")
raw_log_queue = Gauge(_PREFIX + "raw_log_queue", "Exchanges waiting to be written.")
raw_log_records = _counter(
    "raw_log_records", "Exchanges of the raw log, by what became of them.", "outcome"
)


worker_round = Gauge(
    _PREFIX + "worker_round_seconds", "When a worker last finished a round (Unix time).", ("round",)
)


def render() -> tuple[bytes, str]:
    """Prometheus text and its content type."""
    return generate_latest(), CONTENT_TYPE_LATEST


@contextmanager
def shown(host: str, port: int | None) -> Iterator[None]:
    """Serve the metrics of a process that has no HTTP of its own, while the body runs."""
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
