"""Runs histories: ``python -m payment_engine.simulator --seeds 300``, or one by ``--seed 7``."""

import json
import logging
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import structlog
from cyclopts import App, Parameter

from payment_engine.simulator.coverage import Coverage
from payment_engine.simulator.run import Outcome, run_plan, run_seed
from payment_engine.simulator.shrink import shrunk

_CHUNK = 25
app = App(help="Simulated histories of the service, each decided by its seed.")


@dataclass
class Summary:
    """What many histories add up to."""

    count: int = 0
    violations: list[tuple[int, str]] = field(default_factory=list)
    coverage: Coverage = field(default_factory=Coverage)
    final_after: float = 0.0
    cpu_seconds: float = 0.0

    def add(self, other: "Summary") -> None:
        """Count what another process ran."""
        self.count += other.count
        self.violations += other.violations
        self.coverage.add(other.coverage)
        self.final_after = max(self.final_after, other.final_after)
        self.cpu_seconds += other.cpu_seconds


def run_seeds(seeds: range) -> Summary:
    """Run these in this process."""
    quiet()
    summary, began = Summary(), time.process_time()
    for seed in seeds:
        outcome = run_seed(seed, coverage=summary.coverage)
        summary.count += 1
        summary.final_after = max(summary.final_after, outcome.final_after)
        if outcome.violation:
            summary.violations.append((seed, outcome.violation))
    summary.cpu_seconds = time.process_time() - began
    return summary


def quiet() -> None:
    """Without the log of the service, of which a thousand lines would say nothing."""
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL),
        cache_logger_on_first_use=True,
    )


@app.default
def simulate(
    *,
    seeds: int = 300,
    first: int = 0,
    seed: int | None = None,
    processes: int = os.cpu_count() or 1,
    report: Annotated[Path | None, Parameter(help="Where to write the coverage, as JSON")] = None,
) -> int:
    """Run ``seeds`` histories from ``first`` on, or print the one of ``seed``."""
    if seed is not None:
        return _replay(seed)
    began, summary = time.monotonic(), Summary()
    chunks = [
        range(at, min(at + _CHUNK, first + seeds)) for at in range(first, first + seeds, _CHUNK)
    ]
    with ProcessPoolExecutor(processes) as pool:
        for part in pool.map(run_seeds, chunks):
            summary.add(part)
    _print(summary, time.monotonic() - began)
    if report:
        report.write_text(json.dumps(summary.coverage.document(), indent=1))
    if summary.violations:
        _print_failure(summary.violations[0][0])
    return 1 if summary.violations else 0


def _replay(seed: int) -> int:
    quiet()
    outcome = run_seed(seed)
    _print_history(outcome)
    return 1 if outcome.violation else 0


def _print(summary: Summary, seconds: float) -> None:
    each = 1000 * summary.cpu_seconds / max(1, summary.count)
    _say(
        f"{summary.count} histories, {len(summary.violations)} violations, {seconds:.0f} s "
        f"({each:.0f} ms of CPU each); final {summary.final_after / 3600:.1f} hours after the "
        "last fault at the latest"
    )
    for line in summary.coverage.lines():
        _say(line)
    for seed, violation in summary.violations[:20]:
        _say(f"seed {seed}: {violation}")


def _print_failure(seed: int) -> None:
    quiet()
    _say(f"\nThe shortest history found of seed {seed} (make simulate SEED={seed} prints all):\n")
    _print_history(shrunk(run_seed(seed), run_plan))


def _print_history(outcome: Outcome) -> None:
    plan = outcome.plan
    for part in (*plan.orders, *plan.kills, *plan.outages, *plan.faults):
        _say(str(part))
    for line in outcome.history:
        _say(line)
    _say(outcome.violation or "no violation")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    if os.environ.get("PYTHONHASHSEED") != "0":  # sets of strings are walked in one order
        os.environ["PYTHONHASHSEED"] = "0"
        os.execv(sys.executable, [sys.executable, "-m", "payment_engine.simulator", *sys.argv[1:]])  # noqa: S606
    app()
