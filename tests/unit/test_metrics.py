"""Serving the metrics of a process that has no API."""

import socket
import urllib.request
from collections.abc import Iterator

import pytest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from structlog.testing import capture_logs

from payment_engine import metrics
from payment_engine.demo.ports import free_port


def gauges() -> list[Metric]:
    family = GaugeMetricFamily("answer", "A gauge that is read for each scrape.")
    family.add_metric((), 42)
    return [family]


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as other:
        yield other.getsockname()[1]


def test_a_scrape_shows_what_the_process_counts_and_what_is_read_for_it() -> None:
    port = free_port()
    with metrics.serve("127.0.0.1", port, gauges):
        address = f"http://127.0.0.1:{port}/metrics"
        text = urllib.request.urlopen(address, timeout=5).read().decode()
    assert "answer 42.0" in text
    assert "payment_engine_gateway_calls_total" in text


def test_a_port_that_is_taken_stops_no_worker(taken_port: int) -> None:
    with capture_logs() as logs, metrics.serve("127.0.0.1", taken_port, gauges):
        pass
    assert [line["event"] for line in logs] == ["metrics_not_served"]


def test_a_worker_with_the_port_0_serves_no_metrics() -> None:
    with capture_logs() as logs, metrics.serve("127.0.0.1", 0, gauges):
        pass
    assert logs == []
