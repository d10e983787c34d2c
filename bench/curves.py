"""Curves: throughput and p99 of every kind of request from 1 to 1,000 connections, p99 at fixed
rates of half and four fifths of what it takes, and bars beside other ways to write the service.

    python -m bench.curves [--cycles N] [--seconds N] [--connections 1,4,...] [--workloads ...]
"""

import argparse
import statistics
from collections.abc import Mapping
from dataclasses import asdict

from bench import plot
from bench.engine import Server
from bench.load.open_loop import open_loop
from bench.load.wrk import Burst
from bench.report import RESULTS, peer_ratios, plain, store, table
from bench.run import beside_peers
from bench.servers import ENGINE, PEERS, Setting, running
from bench.workloads import Cycle, Load, calls, cycles, measure

AT = 64
"""Connections of the bars, and of the capacity that fixed rates are parts of."""
WORKLOADS = "read,init,methods,attempt,mixed,webhook,refund"
COMPARED = ("init", "read", "attempt")
"""What the peers do too."""
OPEN = ("read", "init", "methods")
PARTS = (0.5, 0.8)
WEBHOOK_RATE = 200.0
"""Webhooks a second, whose acknowledgements are compared with reads of the same cycle."""


def main() -> None:
    """Print tables, and write plots and figures to ``bench/results``."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cycles", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=1)
    parser.add_argument("--connections", default="1,4,16,64,256,1000")
    parser.add_argument("--workloads", default=WORKLOADS)
    options = parser.parse_args()
    counts = [int(count) for count in options.connections.split(",")]
    names = options.workloads.split(",")
    with running() as setting:
        beside = {
            name: beside_peers(name, setting, Load(AT, options.seconds), options.cycles)
            for name in names
            if name in COMPARED
        }
        curves = {
            name: {count: _curve(name, setting, Load(count, options.seconds), options.cycles)
                   for count in counts}
            for name in names
        }  # fmt: skip
        fixed = _fixed_rates(setting.servers[ENGINE], curves, options.seconds, options.cycles)
    for name, measured in beside.items():
        table(name, measured, Load(AT, options.seconds), ENGINE)
    _print_curves(curves)
    _print_fixed(fixed)
    _plot(beside, curves)
    store(
        "curves",
        {
            "beside": {name: plain(measured) for name, measured in beside.items()},
            "curves": {
                name: {count: asdict(point) for count, point in points.items()}
                for name, points in curves.items()
            },
            "fixed": {name: asdict(point) for name, point in fixed.items()},
        },
    )
    print(f"\nPlots and figures are in {RESULTS}")


def _curve(name: str, setting: Setting, load: Load, count: int) -> Burst:
    """The medians of one point."""
    servers = {ENGINE: setting.servers[ENGINE]}
    measured = measure(name, servers, setting.folder, load)
    return _median([cycle[ENGINE] for cycle in cycles([ENGINE], measured, count)])


def _median(bursts: list[Burst]) -> Burst:
    return Burst(
        statistics.median(one.rps for one in bursts),
        statistics.median(one.p50 for one in bursts),
        statistics.median(one.p99 for one in bursts),
        sum(one.failures for one in bursts),
    )


def _fixed_rates(
    server: Server, curves: Mapping[str, Mapping[int, Burst]], seconds: int, count: int
) -> dict[str, Burst]:
    """Latencies at fixed rates: parts of the capacity, and webhooks beside reads."""
    found = {}
    for name in OPEN:
        capacity = [point.rps for number, point in curves.get(name, {}).items() if number == AT]
        for rate, part in ((rps * part, part) for rps in capacity for part in PARTS):
            call = calls(name, server)
            bursts = [open_loop(server.url, call, rate=rate, seconds=seconds) for _ in range(count)]
            found[f"{name} at {part:.0%} of its capacity"] = _median(bursts)
    if "webhook" in curves:
        webhooks, reads = [], []
        for _ in range(count):
            reads.append(_at_rate("read", server, seconds))
            webhooks.append(_at_rate("webhook", server, seconds))
        found["reads at 200 a second"] = _median(reads)
        found["webhooks at 200 a second"] = _median(webhooks)
    return found


def _at_rate(name: str, server: Server, seconds: int) -> Burst:
    call = calls(name, server, int(WEBHOOK_RATE * seconds))
    return open_loop(server.url, call, rate=WEBHOOK_RATE, seconds=seconds)


def _print_curves(curves: Mapping[str, Mapping[int, Burst]]) -> None:
    print("\n| | connections | req/s | p50 ms | p99 ms | failures |")
    print("| --- | --- | --- | --- | --- | --- |")
    for name, points in curves.items():
        for count, point in points.items():
            print(
                f"| {name} | {count} | {point.rps:,.0f} | {point.p50:.0f} | {point.p99:.0f} "
                f"| {point.failures} |"
            )


def _print_fixed(fixed: Mapping[str, Burst]) -> None:
    print("\n| at a fixed rate | req/s | p50 ms | p99 ms | failures |")
    print("| --- | --- | --- | --- | --- |")
    for name, point in fixed.items():
        print(
            f"| {name} | {point.rps:,.0f} | {point.p50:.1f} | {point.p99:.1f} | {point.failures} |"
        )


def _plot(beside: Mapping[str, list[Cycle]], curves: Mapping[str, Mapping[int, Burst]]) -> None:
    RESULTS.mkdir(exist_ok=True)
    counts = [str(count) for count in next(iter(curves.values()))]
    rates = {name: [point.rps for point in points.values()] for name, points in curves.items()}
    tails = {name: [point.p99 for point in points.values()] for name, points in curves.items()}
    plot.lines(RESULTS / "throughput.svg", "Requests a second by connections", counts, rates)
    plot.lines(RESULTS / "p99.svg", "p99 in ms by connections", counts, tails)
    groups = {name: peer_ratios(measured, ENGINE, PEERS) for name, measured in beside.items()}
    if groups:
        plot.bars(RESULTS / "peers.svg", "How many times as many requests a second", groups)


if __name__ == "__main__":
    main()
