"""Throughput of the mock on one core: opening orders, paying them and reading their status.

If there are two cores, wrk and the mock get one each. A script approves every payment at once; the
money that moved is read from the ledger at the end. The last column divides by the mock's CPU time,
so that other load on the machine does not change it.

    python -m bench.mock [seconds] [connections]
"""

import os
import shutil
import subprocess
import sys
import uuid
from base64 import b64encode
from pathlib import Path

from payment_engine.demo.http import request_json
from payment_engine.demo.ports import accepts, free_port
from payment_engine.demo.process import wait_until
from payment_engine.mock.discovery import find_imitations

HERE = Path(__file__).parent
ACCOUNT = find_imitations()["juspay"].test_account
WARM_UP = 2


def main(seconds: int, connections: int) -> None:
    """Start a mock, put load on it, print a table with one row."""
    port = free_port()
    mock = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "payment_engine", "mock", "--port", str(port), "--seed", "1"]
    environ = {"PATH": os.defpath, "PYTHONPATH": str(HERE.parent)}
    child = subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL)
    try:
        _pin(child.pid, 0)
        wait_until(lambda: accepts(port), 30)
        approve = {"behaviour": {"kind": "approve"}, "times": "always"}
        request_json("POST", f"{mock}/control/scripts", approve)
        _burst(mock, WARM_UP, connections)
        charged, cpu = _charged(mock), _cpu(child.pid)
        figures = _burst(mock, seconds, connections)
        _report(figures, _charged(mock) - charged, _cpu(child.pid) - cpu, connections)
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
    command = [
        wrk,
        "-t1",
        f"-c{connections}",
        f"-d{seconds}s",
        "-s",
        str(HERE / "load/mock.lua"),
        url,
    ]
    with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, text=True) as load:
        _pin(load.pid, 1)
        output = load.communicate()[0]
    result = next(line for line in output.splitlines() if line.startswith("RESULT"))
    return [int(number) for number in result.split()[1:]]


def _pin(pid: int, core: int) -> None:
    """Bind a process to a core, where the system supports it."""
    if hasattr(os, "sched_setaffinity") and (os.cpu_count() or 1) > core:
        os.sched_setaffinity(pid, {core})


def _charged(mock: str) -> int:
    _, overview = request_json("GET", f"{mock}/control")
    return int(overview["moved"]["charge"])


def _cpu(pid: int) -> float:
    """Seconds of CPU time that a process has used (Linux)."""
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
    arguments = [int(argument) for argument in sys.argv[1:]]
    main(*(arguments + [10, 64][len(arguments) :]))
