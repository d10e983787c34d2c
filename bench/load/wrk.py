"""One burst of load by wrk."""

import os
import shutil
import subprocess
import sys
import uuid
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Burst:
    """What one burst measured; latencies in milliseconds."""

    rps: float
    p50: float
    p99: float
    failures: int


def burst(
    script: str, url: str, *, key: str, connections: int, seconds: int = 1, ids: str = ""
) -> Burst:
    """Put load on a server; ``ids`` is a file of payment ids for scripts that need them."""
    wrk = shutil.which("wrk")
    if wrk is None:
        sys.exit("wrk is missing: apt-get install wrk")
    run = {"RUN": uuid.uuid4().hex[:12], "SCRIPTS": str(HERE)}
    environ = {"PATH": os.defpath, "KEY": key, "IDS": ids, **run}
    command = [wrk, "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s",
               "-s", str(HERE / script), url]  # fmt: skip
    output = subprocess.run(command, env=environ, capture_output=True, text=True, check=True).stdout
    result = next(line for line in output.splitlines() if line.startswith("RESULT"))
    requests, micros, p50, p99, failures = map(int, result.split()[1:])
    good = max(requests - failures, 0)
    return Burst(good / micros * 1e6, p50 / 1000, p99 / 1000, failures)
