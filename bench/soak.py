"""Memory under load: an API and a worker serve mixed requests for as long as is wanted.

    python -m bench.soak [--minutes N] [--connections N]

Exits with 1 if a process needs more memory than it may, or grows with the requests.
"""

import argparse
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from bench.engine import gateway, prepare, stage
from bench.report import store
from bench.workloads import Load, measure

MOST_MB = 130.0
MOST_GROWTH_MB = 5.0
"""Per 100,000 requests, after the first 100,000."""
WARM = 100_000
_SECONDS = 10


@dataclass(frozen=True)
class Sample:
    """The resident memory of both processes in MB, after so many requests."""

    requests: int
    api: float
    worker: float


def main() -> None:
    """Print a line for each burst, and what the memory grew by."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--connections", type=int, default=32)
    options = parser.parse_args()
    load = Load(options.connections, _SECONDS)
    samples: list[Sample] = []
    failures = 0
    with stage() as made:
        engine = prepare(made, "soak", gateway(made))
        server, worker = engine.serve(), engine.work()
        burst = measure("mixed", {"api": server}, made.folder, load)
        end, requests = time.monotonic() + 60 * options.minutes, 0
        while time.monotonic() < end or len(samples) < 2:
            measured = burst("api")
            requests += int(measured.rps * _SECONDS)
            failures += measured.failures
            samples.append(Sample(requests, _resident(server.pid), _resident(worker)))
            print(f"{requests:>10,} requests: api {samples[-1].api:.0f} MB, "
                  f"worker {samples[-1].worker:.0f} MB", flush=True)  # fmt: skip
    sys.exit(_judge(samples, failures))


def _judge(samples: list[Sample], failures: int) -> int:
    """Print the verdict; 1 if a bound is exceeded."""
    warm = next((each for each in samples if each.requests >= WARM), samples[0])
    last = samples[-1]
    hundreds = (last.requests - warm.requests) / 100_000
    exceeded = failures > 0
    for name in ("api", "worker"):
        now, then = getattr(last, name), getattr(warm, name)
        growth = (now - then) / hundreds if hundreds >= 1 else None
        verdict = "too few requests to tell" if growth is None else f"{growth:+.1f} MB per 100,000"
        print(f"{name}: {now:.0f} MB (at most {MOST_MB:.0f}), {verdict}")
        exceeded |= now > MOST_MB or (growth is not None and growth > MOST_GROWTH_MB)
    print(f"{last.requests:,} requests, {failures} failures")
    store("soak", [vars(each) for each in samples])
    return int(exceeded)


def _resident(pid: int) -> float:
    """MB of a process (Linux)."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


if __name__ == "__main__":
    main()
