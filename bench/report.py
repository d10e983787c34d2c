"""Tables of ratios, and the figures behind them."""

import json
import random
import statistics
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bench.workloads import Cycle, Load

RESULTS = Path(__file__).parent / "results"


def table(workload: str, cycles: list[Cycle], load: Load, reference: str) -> None:
    """Print a row for each server, and how many times as fast the reference is."""
    print(
        f"\n{workload}: {len(cycles)} cycles of {load.seconds} s, {load.connections} connections\n"
    )
    print(f"| | req/s | {reference} is times as fast | p50 ms | p99 ms | failures |")
    print("| --- | --- | --- | --- | --- | --- |")
    for title in sorted(cycles[0], key=lambda title: title != reference):
        bursts = [cycle[title] for cycle in cycles]
        ratios = [cycle[reference].rps / cycle[title].rps for cycle in cycles if cycle[title].rps]
        low, high = interval(ratios)
        columns = (
            f"{statistics.median(one.rps for one in bursts):,.0f}",
            f"{statistics.median(ratios):.2f} [{low:.2f}-{high:.2f}]" if ratios else "-",
            f"{statistics.median(one.p50 for one in bursts):.0f}",
            f"{statistics.median(one.p99 for one in bursts):.0f}",
            f"{sum(one.failures for one in bursts)}",
        )
        print(f"| {title} | " + " | ".join(columns) + " |")


def interval(ratios: list[float]) -> tuple[float, float]:
    """The bootstrap 95 % interval of the median."""
    if not ratios:
        return 0.0, 0.0
    drawn = random.Random(1)
    medians = sorted(statistics.median(drawn.choices(ratios, k=len(ratios))) for _ in range(1000))
    return medians[25], medians[974]


def ratios(cycles: list[Cycle], of: str, to: str) -> list[float]:
    """The ratio of two servers' rates within each cycle."""
    return [cycle[of].rps / cycle[to].rps for cycle in cycles if cycle[to].rps]


def peer_ratios(cycles: list[Cycle], of: str, peers: Iterable[str]) -> dict[str, float]:
    """How many times the rate of each peer that took part is."""
    return {
        peer: statistics.median(found)
        for peer in peers
        if peer in cycles[0] and (found := ratios(cycles, of, peer))
    }


def quoted(values: Sequence[float]) -> str:
    """A median with its interval."""
    if not values:
        return "-"
    low, high = interval(list(values))
    return f"{statistics.median(values):.2f} [{low:.2f}-{high:.2f}]"


def plain(cycles: list[Cycle]) -> list[dict[str, Any]]:
    """Cycles as JSON can hold them."""
    return [{title: asdict(one) for title, one in cycle.items()} for cycle in cycles]


def store(command: str, figures: object) -> Path:
    """Write figures as JSON; the file."""
    RESULTS.mkdir(exist_ok=True)
    file = RESULTS / f"{command}-{time.strftime('%Y%m%d-%H%M%S')}.json"
    file.write_text(json.dumps(figures))
    return file
