"""Requests at a fixed rate, whether or not earlier ones were answered: queueing counts.

A latency is counted from the moment at which its request should have been sent.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import aiohttp

from bench.load.wrk import Burst

MOST_RATE = 1500.0
"""Requests a second that this generator can send on one core; more is not asked of it."""


@dataclass(frozen=True)
class Call:
    """One request."""

    method: str
    path: str
    body: Any = None
    headers: tuple[tuple[str, str], ...] = ()


def open_loop(url: str, call: Callable[[int], Call], *, rate: float, seconds: float) -> Burst:
    """Send ``call(n)`` for n = 0, 1, ..., ``rate`` times a second."""
    return asyncio.run(_sent(url, call, min(rate, MOST_RATE), seconds))


async def _sent(url: str, call: Callable[[int], Call], rate: float, seconds: float) -> Burst:
    latencies: list[float] = []
    failures = 0

    async def send(number: int, due: float) -> None:
        nonlocal failures
        each = call(number)
        try:
            async with http.request(
                each.method, each.path, json=each.body, headers=dict(each.headers)
            ) as response:
                await response.read()
                failures += response.status >= 400
        except (aiohttp.ClientError, TimeoutError):
            failures += 1
        latencies.append(time.perf_counter() - due)

    connector = aiohttp.TCPConnector(limit=0)
    timeout = aiohttp.ClientTimeout(total=30)
    async with aiohttp.ClientSession(url, connector=connector, timeout=timeout) as http:
        began, tasks = time.perf_counter(), []
        for number in range(int(rate * seconds)):
            due = began + number / rate
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            tasks.append(asyncio.create_task(send(number, due)))
        await asyncio.gather(*tasks)
        lasted = time.perf_counter() - began
    latencies.sort()
    p50, p99 = (1000 * latencies[int(len(latencies) * part)] for part in (0.5, 0.99))
    return Burst((len(latencies) - failures) / lasted, p50, p99, failures)
