"""What the payment mock sustains: opening, paying and asking for a status, on one core.

wrk and the mock each have a core of their own where there are two. Every payment is approved at
once by a script, and its money moves in the ledger, which is read at the end. The last column
divides by the processor time that the mock had, which a busy machine does not change.

    python -m bench.mock [seconds] [connections]
"""

import os
import shutil
import subprocess
import sys
import uuid
from base64 import b64encode
from pathlib import Path

from payment_engine.demo.call import call
from payment_engine.demo.ports import answers, free_port
from payment_engine.demo.process import wait_until
from payment_engine.mock.discovery import find_imitations

HERE = Path(__file__).parent
ACCOUNT = find_imitations()["juspay"].test_account
WARM_UP = 2


def main(seconds: int, connections: int) -> None:
    """Start a mock, load it, print a line of a table."""
    port = free_port()
    mock = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "payment_engine", "mock", "--port", str(port), "--seed", "1"]
    environ = {"PATH": os.defpath, "PYTHONPATH": str(HERE.parent)}
    child = subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL)
    try:
        _pin(child.pid, 0)
        wait_until(lambda: answers(port), 30)
        approve = {"behaviour": {"kind": "approve"}, "times": "always"}
        call("POST", f"{mock}/control/scripts", approve)
        _burst(mock, WARM_UP, connections)
        before, had = _charged(mock), _cpu(child.pid)
        figures = _burst(mock, seconds, connections)
        _report(figures, _charged(mock) - before, _cpu(child.pid) - had, connections)
    finally:
        child.terminate()
        child.wait()


def _burst(url: str, seconds: int, connections: int) -> list[int]:
    wrk = shutil.which("wrk")
    if wrk is None:
        sys.exit("wrk is missing: apt-get install wrk")
    basic = b64encode(f"{ACCOUNT['api_key']}:".encode()).decode()
    environ = {"PATH": os.defpath, "RUN": uuid.uuid4().hex[:8], "AUTH": basic}
    environ["MERCHANT"] = ACCOUNT["merchant_id"]
    command = [wrk, "-t1", f"-c{connections}", f"-d{seconds}s", "-s", str(HERE / "mock.lua"), url]
    with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, text=True) as load:
        _pin(load.pid, 1)
        said = load.communicate()[0]
    words = next(line for line in said.splitlines() if line.startswith("RESULT")).split()[1:]
    return [int(word) for word in words]


def _pin(pid: int, core: int) -> None:
    """Give a process a core of its own, where the system can."""
    if hasattr(os, "sched_setaffinity") and (os.cpu_count() or 1) > core:
        os.sched_setaffinity(pid, {core})


def _charged(mock: str) -> int:
    _, overview = call("GET", f"{mock}/control")
    return int(overview["moved"]["charge"])


def _cpu(pid: int) -> float:
    """Seconds of processor time that a process has had (Linux)."""
    ticks = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")


def _report(figures: list[int], charged: int, cpu: float, connections: int) -> None:
    requests, micros, p50, p95, bad = figures
    print(
        "| connections | req/s | payments/s | p50 ms | p95 ms | failures | payments/core second |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- |")
    print(
        f"| {connections} | {requests / micros * 1e6:,.0f} | {charged / micros * 1e6:,.0f} "
        f"| {p50 / 1000:.1f} | {p95 / 1000:.1f} | {bad} | {charged / cpu:,.0f} |"
    )


if __name__ == "__main__":
    words = [int(word) for word in sys.argv[1:]]
    main(*(words + [10, 64][len(words) :]))
