"""The same service over empty tables and over N payments: requests, claims, lists and sweeps.

python -m bench.scale [--payments N] [--cycles N] [--connections N] [--seconds N]
"""

import argparse
import asyncio
import time
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime, timedelta

import asyncpg

from bench.engine import gateway, prepare, stage
from bench.fill import fill
from bench.report import plain, quoted, ratios, store, table
from bench.workloads import Load, cycles, measure
from payment_engine.db.job_queues import WEBHOOKS, of_gateway, of_none_of
from payment_engine.db.jobs import claim_statement
from payment_engine.db.outbox import CLAIM
from payment_engine.db.retention import delete_statement

EMPTY = "empty tables"
_REPEATED = 20


def main() -> None:
    """Print a table for each workload, and how long statements of the worker take."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--payments", type=int, default=1_000_000)
    parser.add_argument("--cycles", type=int, default=10)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--seconds", type=int, default=1)
    parser.add_argument("--workloads", default="init,read,methods,attempt")
    options = parser.parse_args()
    load, full = Load(options.connections, options.seconds), f"{options.payments:,} payments"
    with stage() as made:
        port = gateway(made)
        engines = {EMPTY: prepare(made, "empty", port), full: prepare(made, "filled", port)}
        urls = {title: engine.environ["PE_DATABASE_URL"] for title, engine in engines.items()}
        asyncio.run(fill(urls[full], options.payments))
        servers = {title: engine.serve() for title, engine in engines.items()}
        results = {
            name: cycles(list(servers), measure(name, servers, made.folder, load), options.cycles)
            for name in options.workloads.split(",")
        }
        statements = {title: asyncio.run(_timed(url)) for title, url in urls.items()}
        size = asyncio.run(_size(urls[full]))
    for name, measured in results.items():
        table(name, measured, load, full)
    print()
    for name, measured in results.items():
        print(f"{name}: over {full} {quoted(ratios(measured, full, EMPTY))} of its rate over none")
    _print_statements(statements)
    print(f"\n{size / 1e9:.1f} GB, {size / options.payments:,.0f} bytes a payment")
    stored = {name: plain(measured) for name, measured in results.items()}
    figures = {"payments": options.payments, "load": asdict(load), "gigabytes": size / 1e9}
    store("scale", {**figures, "results": stored, "statements": statements})


def _statements() -> dict[str, tuple[str, list[object]]]:
    now = datetime.now(UTC)
    lease, until = timedelta(seconds=60), now - timedelta(days=90)
    due: list[object] = [now, lease, 128]
    return {
        "claim of a gateway's jobs": (claim_statement(of_gateway("juspay")), [*due, "juspay"]),
        "claim of other jobs": (claim_statement(of_none_of(["juspay"])), [*due, ["juspay"]]),
        "claim of webhooks": (claim_statement(WEBHOOKS), due),
        "claim of messages": (CLAIM, [*due, 16, [], []]),
        "sweep of keys": (delete_statement("idempotency_key"), [until, 1000]),
        "sweep of messages": (delete_statement("outbox_message"), [until, 1000]),
        "sweep of webhooks": (delete_statement("inbox_notice"), [until, 1000]),
        "list of attempts in review": (
            "SELECT id FROM attempt WHERE review IS NOT NULL ORDER BY created_at, id LIMIT 50",
            [],
        ),
        "list of open attempts": (
            "SELECT id FROM attempt WHERE settled_at IS NULL ORDER BY created_at, id LIMIT 50",
            [],
        ),
    }


async def _timed(url: str) -> dict[str, float]:
    """The best time of each statement in milliseconds; what it writes is rolled back."""
    connection = await asyncpg.connect(url)
    best = {}
    for name, (statement, values) in _statements().items():
        times = []
        for _ in range(_REPEATED):
            transaction = connection.transaction()
            await transaction.start()
            began = time.perf_counter()
            await connection.fetch(statement, *values)
            times.append(time.perf_counter() - began)
            await transaction.rollback()
        best[name] = 1000 * min(times)
    await connection.close()
    return best


async def _size(url: str) -> int:
    connection = await asyncpg.connect(url)
    size = await connection.fetchval("SELECT pg_database_size(current_database())")
    await connection.close()
    return int(size)


def _print_statements(statements: Mapping[str, Mapping[str, float]]) -> None:
    titles = list(statements)
    print(f"\n| ms | {' | '.join(titles)} |")
    print("| --- " * (len(titles) + 1) + "|")
    for name in statements[titles[0]]:
        columns = " | ".join(f"{statements[title][name]:.2f}" for title in titles)
        print(f"| {name} | {columns} |")


if __name__ == "__main__":
    main()
