"""Init, read and attempt against other ways to write the same service.

All servers run at once. In each cycle every one gets a burst of load, in random order; the figure
is the median over cycles of the ratios within a cycle, with a bootstrap interval, because absolute
figures vary twofold on a shared machine. PostgreSQL runs with fsync and synchronous commits.

    python -m bench.run [--cycles N] [--connections N] [--seconds N] [--workloads init,read,attempt]
"""

import argparse
import asyncio
import json
import random
import statistics
import time
import uuid
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import aiohttp

from bench.load.wrk import Burst, burst
from bench.pgbench import pgbench
from bench.servers import ENGINE, Server, Setting, running

RESULTS = Path(__file__).parent / "results"
PGBENCH = "pgbench, one statement"
_FIRST_RATE = 300
"""Attempts a second that a server is expected to start, until it was measured."""
_SPARE = 3
"""Times as many payments are opened as the last burst needed."""


@dataclass(frozen=True)
class Load:
    """How a burst loads a server."""

    connections: int
    seconds: int


Measure = Callable[[str], Burst]
Cycle = dict[str, Burst]


def main() -> None:
    """Measure the chosen workloads, print a table for each, and keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cycles", type=int, default=10)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--seconds", type=int, default=1, help="how long one burst lasts")
    parser.add_argument("--workloads", default="init,read,attempt")
    options = parser.parse_args()
    load = Load(options.connections, options.seconds)
    with running() as setting:
        results = {
            name: _cycles(*_workload(name, setting, load), options.cycles)
            for name in options.workloads.split(",")
        }
    for name, cycles in results.items():
        _report(name, cycles, load)
    RESULTS.mkdir(exist_ok=True)
    stored = {
        name: [{title: asdict(one) for title, one in cycle.items()} for cycle in cycles]
        for name, cycles in results.items()
    }
    file = RESULTS / f"run-{time.strftime('%Y%m%d-%H%M%S')}.json"
    file.write_text(json.dumps({"load": asdict(load), "results": stored}))


def _workload(name: str, setting: Setting, load: Load) -> tuple[list[str], Measure]:
    """Who takes part, and how a burst of each is measured."""
    titles = list(setting.servers)
    if name == "init":
        return [*titles, PGBENCH], lambda title: _init(setting, title, load)
    titles.remove("Sanic + plain Tortoise")
    if name == "read":
        paid = {title: asyncio.run(_opened(setting.servers[title], 1))[0] for title in titles}
        return titles, lambda title: _read(setting, title, paid[title], load)
    rates: dict[str, float] = {}
    return titles, lambda title: _attempt(setting, title, load, rates)


def _init(setting: Setting, title: str, load: Load) -> Burst:
    if title == PGBENCH:
        return pgbench(setting.postgres, "fastapi_asyncpg", setting.folder)
    server = setting.servers[title]
    url = f"{server.url}/v1/payments"
    return burst("init.lua", url, key=server.key, **asdict(load))


def _read(setting: Setting, title: str, payment_id: str, load: Load) -> Burst:
    server = setting.servers[title]
    url = f"{server.url}/v1/payments/{payment_id}"
    return burst("read.lua", url, key=server.key, **asdict(load))


def _attempt(setting: Setting, title: str, load: Load, rates: dict[str, float]) -> Burst:
    """Payments are opened before the burst; each gets one attempt."""
    server, file = setting.servers[title], setting.folder / "ids"
    requested = int(max(rates.get(title, _FIRST_RATE), 50) * load.seconds * _SPARE)
    file.write_text("\n".join(asyncio.run(_opened(server, requested))))
    measured = burst("attempt.lua", server.url, key=server.key, ids=str(file), **asdict(load))
    rates[title] = measured.rps
    return measured


async def _opened(server: Server, count: int) -> list[str]:
    """Ids of new payments."""
    limit = asyncio.Semaphore(48)

    async def open_one(http: aiohttp.ClientSession) -> str:
        body = {
            "order_id": f"B-{uuid.uuid4().hex[:20]}",
            "amount": 116400,
            "currency": "INR",
            "customer": {"ref": "cust-1"},
            "return_url": "https://shop.example/",
        }
        headers = {"Authorization": f"Bearer {server.key}", "Idempotency-Key": uuid.uuid4().hex}
        async with limit, http.post("/v1/payments", json=body, headers=headers) as response:
            response.raise_for_status()
            return str((await response.json())["id"])

    async with aiohttp.ClientSession(server.url) as http:
        return list(await asyncio.gather(*(open_one(http) for _ in range(count))))


def _cycles(titles: list[str], measure: Measure, count: int) -> list[Cycle]:
    """One cycle to warm up, then as many as asked for."""
    cycles = [
        {title: measure(title) for title in random.sample(titles, len(titles))}
        for _ in range(count + 1)
    ]
    return cycles[1:]


def _report(workload: str, cycles: list[Cycle], load: Load) -> None:
    print(
        f"\n{workload}: {len(cycles)} cycles of {load.seconds} s, {load.connections} connections\n"
    )
    print("| | req/s | engine is times as fast | p50 ms | p99 ms | failures |")
    print("| --- | --- | --- | --- | --- | --- |")
    for title in sorted(cycles[0], key=lambda title: title != ENGINE):
        bursts = [cycle[title] for cycle in cycles]
        ratios = [cycle[ENGINE].rps / cycle[title].rps for cycle in cycles if cycle[title].rps]
        low, high = _interval(ratios)
        columns = (
            f"{statistics.median(one.rps for one in bursts):,.0f}",
            f"{statistics.median(ratios):.2f} [{low:.2f}-{high:.2f}]" if ratios else "-",
            f"{statistics.median(one.p50 for one in bursts):.0f}",
            f"{statistics.median(one.p99 for one in bursts):.0f}",
            f"{sum(one.failures for one in bursts)}",
        )
        print(f"| {title} | " + " | ".join(columns) + " |")


def _interval(ratios: list[float]) -> tuple[float, float]:
    """The bootstrap 95 % interval of the median."""
    if not ratios:
        return 0.0, 0.0
    drawn = random.Random(1)
    medians = sorted(statistics.median(drawn.choices(ratios, k=len(ratios))) for _ in range(1000))
    return medians[25], medians[974]


if __name__ == "__main__":
    main()
