"""Serving the metrics and the probes of a process that has no API."""

import asyncio
import socket
import time
import urllib.request
from collections.abc import Iterator

import httpx
import pytest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from structlog.testing import capture_logs

from payment_engine import metrics
from payment_engine.demo.ports import free_port
from payment_engine.probe_server import Pulse, serve


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
    with serve("127.0.0.1", port, metrics.registry(gauges), {}):
        address = f"http://127.0.0.1:{port}/metrics"
        text = urllib.request.urlopen(address, timeout=5).read().decode()
    assert "answer 42.0" in text
    assert "payment_engine_gateway_calls_total" in text


def test_a_port_that_is_taken_stops_no_worker(taken_port: int) -> None:
    with capture_logs() as logs, serve("127.0.0.1", taken_port, metrics.registry(gauges), {}):
        pass
    assert [line["event"] for line in logs] == ["metrics_not_served"]


def test_a_worker_with_the_port_0_serves_no_metrics() -> None:
    with capture_logs() as logs, serve("127.0.0.1", 0, metrics.registry(gauges), {}):
        pass
    assert logs == []


def read(address: str) -> tuple[int, str]:
    """Status and body, by a thread that has no event loop."""
    answer = httpx.get(address, timeout=5, trust_env=False)
    return answer.status_code, answer.text


async def test_a_loop_that_hangs_is_reported_while_it_hangs_and_no_longer() -> None:
    port, pulse = free_port(), Pulse(hangs=0.8)
    address = f"http://127.0.0.1:{port}/live"
    with serve("127.0.0.1", port, metrics.registry(gauges), {"/live": pulse.fault}):
        beating = asyncio.create_task(pulse.beat())
        assert await asyncio.to_thread(read, address) == (200, '{"status": "live"}')
        hanging = asyncio.create_task(asyncio.to_thread(_read_later, address))
        await asyncio.sleep(0.05)
        time.sleep(2.5)  # noqa: ASYNC251 - this is what must be noticed
        status, body = await hanging
        assert (status, "the event loop has hung" in body) == (503, True)
        async with asyncio.timeout(10):
            while (await asyncio.to_thread(read, address))[0] != 200:
                await asyncio.sleep(0.05)
        beating.cancel()


def _read_later(address: str) -> tuple[int, str]:
    time.sleep(1.5)
    return read(address)
