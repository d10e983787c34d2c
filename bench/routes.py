"""Speed of opening and reading payments, against a plain ORM version and a route with no database.

Each cycle runs a burst of wrk on every variant, one after the other in random order. The result is
the median over cycles of the ratios within a cycle, because absolute figures vary on a shared
machine. PostgreSQL runs with fsync and synchronous commits.

    python -m bench.routes [cycles] [connections]
"""

import asyncio
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path

from payment_engine.db.migrate import migrate
from payment_engine.demo import postgres
from payment_engine.demo.http import request_json
from payment_engine.demo.ports import accepts, free_port
from payment_engine.demo.process import wait_until

HERE = Path(__file__).parent
SECONDS = 1
GATEWAY = {
    "BASE_URL": "http://127.0.0.1:9/juspay",
    "MERCHANT_ID": "acme",
    "API_KEY": "k",
    "WEBHOOK_USERNAME": "u",
    "WEBHOOK_PASSWORD": "p",
}


def burst(script: str, url: str, key: str, connections: int) -> dict[str, float]:
    """One burst of load: requests a second, p50 and p99 in milliseconds, failures."""
    environ = {"PATH": os.defpath, "KEY": key, "RUN": uuid.uuid4().hex[:12]}
    wrk = shutil.which("wrk")
    if wrk is None:
        sys.exit("wrk is missing: apt-get install wrk")
    command = [wrk, "-t1", f"-c{connections}", f"-d{SECONDS}s", "-s", str(HERE / script), url]
    output = subprocess.run(command, env=environ, capture_output=True, text=True, check=True).stdout
    result = next(line for line in output.splitlines() if line.startswith("RESULT"))
    requests, micros, p50, p99, bad = map(int, result.split()[1:])
    return {"rps": requests / micros * 1e6, "p50": p50 / 1000, "p99": p99 / 1000, "bad": bad}


def main(cycles: int, connections: int) -> None:
    """Start everything, measure, print a table."""
    home = Path(tempfile.mkdtemp(prefix="engine-bench-"))
    home.chmod(0o755)
    server = postgres.start(home / "postgres", settings={"shared_buffers": "512MB"})
    url = server.database("bench")
    asyncio.run(migrate(url))
    api_port, plain_port = free_port(), free_port()
    environ = {
        **os.environ,
        "PYTHONPATH": str(HERE.parent),
        "PE_DATABASE_URL": url,
        "PE_SECRET": "s" * 40,
        "PE_SPOOL_DIR": str(home / "spool"),
        "PE_API_PORT": str(api_port),
        **{f"PE_GATEWAYS__JUSPAY__{name}": value for name, value in GATEWAY.items()},
    }
    engine = [sys.executable, "-m", "payment_engine"]
    merchant = subprocess.run([*engine, "merchant", "Bench"], env=environ, capture_output=True)
    keys = json.loads(merchant.stdout)
    plain = [sys.executable, str(HERE / "plain_orm.py"), keys["merchant_id"], str(plain_port)]
    children = [
        subprocess.Popen(command, env=environ, stderr=subprocess.DEVNULL)
        for command in ([*engine, "api"], plain)
    ]
    try:
        api = f"http://127.0.0.1:{api_port}"
        wait_until(lambda: accepts(api_port), 30)
        wait_until(lambda: accepts(plain_port), 30)
        payment = _open_one(api, keys["service_key"])
        variants = {
            "open": ("open.lua", f"{api}/v1/payments"),
            "open, plain ORM": ("open.lua", f"http://127.0.0.1:{plain_port}/v1/payments"),
            "read": ("get.lua", f"{api}/v1/payments/{payment}"),
            "methods": (
                "get.lua",
                f"{api}/v1/payments/{payment}/methods?platform=android&upi_apps=gpay,phonepe",
            ),
            "no database (/live)": ("get.lua", f"{api}/live"),
        }
        _report(_measure(variants, keys["service_key"], cycles, connections), connections)
    finally:
        for child in children:
            child.terminate()
            child.wait()
        server.stop()
        shutil.rmtree(home, ignore_errors=True)


def _measure(
    variants: dict[str, tuple[str, str]], key: str, cycles: int, connections: int
) -> list[dict[str, dict[str, float]]]:
    results = []
    for cycle in range(cycles + 1):
        order = random.sample(list(variants), len(variants))
        measured = {name: burst(*variants[name], key, connections) for name in order}
        if cycle:
            results.append(measured)
    return results


def _report(results: list[dict[str, dict[str, float]]], connections: int) -> None:
    print(f"{len(results)} cycles of {SECONDS} s, {connections} connections, one API process\n")
    print("| | req/s | of no database | of plain ORM | p50 ms | p99 ms | failures |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for name in results[0]:
        columns = [
            f"{_median(results, name, 'rps'):,.0f}",
            f"{_ratio(results, name, 'no database (/live)'):.2f}",
            f"{_ratio(results, name, 'open, plain ORM'):.1f}",
            f"{_median(results, name, 'p50'):.0f}",
            f"{_median(results, name, 'p99'):.0f}",
            f"{sum(cycle[name]['bad'] for cycle in results):.0f}",
        ]
        print(f"| {name} | " + " | ".join(columns) + " |")


def _median(results: list[dict[str, dict[str, float]]], name: str, figure: str) -> float:
    return statistics.median(cycle[name][figure] for cycle in results)


def _ratio(results: list[dict[str, dict[str, float]]], name: str, other: str) -> float:
    return statistics.median(cycle[name]["rps"] / cycle[other]["rps"] for cycle in results)


def _open_one(api: str, key: str) -> str:
    body = {
        "order_id": f"BENCH-{time.time_ns()}",
        "amount": 116400,
        "currency": "INR",
        "customer": {"ref": "c"},
        "return_url": "https://shop.example/",
    }
    headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": uuid.uuid4().hex}
    _, answer = request_json("POST", f"{api}/v1/payments", body, headers)
    return str(answer["id"])


if __name__ == "__main__":
    arguments = [int(argument) for argument in sys.argv[1:]]
    main(*(arguments + [8, 64][len(arguments) :]))
