"""What trouble costs those whom it does not concern, as ratios to the calm before it.

Openings and reads over many connections; reads beside clients that keep trying to pay; reads and
openings beside a gateway that hangs; a worker's checks where a part of the answers is late; and its
messages and checks beside openings.

    python -m bench.trouble [--clients N] [--seconds N] [--jobs N]
"""

import argparse
import asyncio
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import asyncpg

from bench.engine import ROOT, Engine, Server, Stage, gateway, prepare, stage
from bench.load.open_loop import Call, open_loop
from bench.load.wrk import Burst
from bench.report import store
from bench.workloads import Load, attempted, calls, measure, opened

_PAUSE = 3.0
"""Seconds after which a client tries again."""
_WARM = 4.0
_RATE = 150.0
"""Requests a second whose times are measured beside a gateway that hangs."""
_SHOPS = 8
"""A worker sends 16 messages to one shop at once: 128 to all of them."""
_CHECKS = "SELECT count(*) FROM job WHERE kind = 'check_charge' AND run_at <= now()"
_MESSAGES = "SELECT count(*) FROM outbox_message WHERE state = 'ready'"
_DUE = "UPDATE job SET run_at = now() WHERE kind = 'check_charge'"
_WRITE = """
INSERT INTO outbox_message (id, merchant_id, payment_id, sequence, type, body, state, attempts,
  run_at, created_at)
SELECT 'msg_' || lpad(n::text, 20, '0'), m.id, 'pay_' || lpad(n::text, 20, '0'), 1, 'payment.paid',
  '{}', 'ready', 0, now(), now()
FROM generate_series(1, $1::int) n
JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS k FROM merchant
  WHERE notify_url IS NOT NULL) m ON m.k = n % $2::int
"""


@dataclass(frozen=True)
class Figure:
    """A figure in trouble, in the calm, and their ratio."""

    name: str
    trouble: float
    calm: float

    @property
    def ratio(self) -> float:
        """Of trouble to calm."""
        return self.trouble / self.calm if self.calm else 0.0


def main() -> None:
    """Print a row for each figure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clients", type=int, default=1000)
    parser.add_argument("--seconds", type=int, default=8, help="how long each is measured")
    parser.add_argument("--jobs", type=int, default=6000)
    options = parser.parse_args()
    with stage() as made:
        figures = [
            *_over_many_connections(made, options.clients, options.seconds),
            *_beside_tries(made, options.clients, options.seconds),
            *_beside_hanging(made, options.clients, options.seconds),
            *_late_answers(made, options.jobs),
        ]
    print("\n| | in trouble | calm | ratio |\n| --- | --- | --- | --- |")
    for each in figures:
        print(f"| {each.name} | {each.trouble:,.1f} | {each.calm:,.1f} | {each.ratio:.2f} |")
    store("trouble", [vars(each) for each in figures])


def _over_many_connections(made: Stage, connections: int, seconds: int) -> Iterator[Figure]:
    """Openings and reads over many connections, and over 64. Bursts of a second would measure how
    long it takes to connect."""
    server = prepare(made, "many", gateway(made)).serve()
    for name in ("init", "read"):
        few, many = (
            measure(name, {"engine": server}, made.folder, Load(count, seconds))
            for count in (64, connections)
        )
        few("engine")
        calm, trouble = few("engine"), many("engine")
        yield Figure(f"{name} a second over {connections:,} connections", trouble.rps, calm.rps)
        title = f"p99 of {name} in ms over {connections:,} connections, to their median"
        yield Figure(title, trouble.p99, trouble.p50)


def _beside_tries(made: Stage, clients: int, seconds: int) -> Iterator[Figure]:
    """Reads over 64 connections while clients try again and again at a gateway that works."""
    server = prepare(made, "tries", gateway(made)).serve()
    read = measure("read", {"engine": server}, made.folder, Load(64, seconds))
    read("engine")
    calm = read("engine")
    with _crowd(made, server, clients, seconds):
        trouble = read("engine")
    name = f"beside {clients:,} clients that try every {_PAUSE:.0f} s"
    yield Figure(f"reads a second {name}", trouble.rps, calm.rps)
    yield Figure(f"p99 of reads in ms {name}", trouble.p99, calm.p99)


def _beside_hanging(made: Stage, clients: int, seconds: int) -> Iterator[Figure]:
    """Reads and openings at a fixed rate while all attempts wait for a gateway that hangs."""
    server = prepare(made, "hanging", gateway(made, ROOT, "--seconds", "3600")).serve()
    requests = {"reads": calls("read", server), "openings": calls("init", server)}
    calm = {name: _timed(server, call, seconds) for name, call in requests.items()}
    with _crowd(made, server, clients, 2 * seconds):
        trouble = {name: _timed(server, call, seconds) for name, call in requests.items()}
    for name in requests:
        title = f"p99 of {name} in ms beside {clients:,} clients at a gateway that hangs"
        yield Figure(title, trouble[name].p99, calm[name].p99)


def _late_answers(made: Stage, jobs: int) -> Iterator[Figure]:
    """What one worker does in a second, with 2 % of the answers after 14 s and without."""
    prompt = _prepared(made, "prompt", ["--seconds", "0.005"])
    late = _prepared(made, "late", ["--seconds", "0.005", "--late", "0.02"])
    server = prompt.serve()
    init = measure("init", {"engine": server}, made.folder, Load(64, 4))
    init("engine")
    openings = init("engine").rps
    usual = _checks(prompt, server, jobs)
    slowed = _checks(late, late.serve(), jobs)
    messages = _messages(prompt, 4 * jobs)
    yield Figure("checks a second, 2 % of the answers after 14 s", slowed, usual)
    yield Figure("checks a second of a fast gateway, to openings", usual, openings)
    yield Figure("messages a second to fast shops, to openings", messages, openings)


def _prepared(made: Stage, database: str, options: list[str]) -> Engine:
    port = gateway(made, ROOT, *options)
    engine = prepare(made, database, port)
    for number in range(_SHOPS):
        engine.merchant(f"Shop {number}", "--notify-url", f"http://127.0.0.1:{port}/shop")
    return engine


def _checks(engine: Engine, server: Server, count: int) -> float:
    asyncio.run(attempted(server, count))
    return asyncio.run(_rate(engine, _DUE, (), _CHECKS))


def _messages(engine: Engine, count: int) -> float:
    return asyncio.run(_rate(engine, _WRITE, (count, _SHOPS), _MESSAGES))


async def _rate(engine: Engine, begin: str, values: tuple[int, ...], left: str) -> float:
    """How many a second a new worker does, from its first ones until nine of ten are done."""
    connection = await asyncpg.connect(engine.environ["PE_DATABASE_URL"])
    await connection.execute("SET session_replication_role = replica")
    await connection.execute(begin, *values)
    first = await connection.fetchval(left)
    worker = engine.work()
    since, begun, now = 0.0, first, first
    while now > first / 10:
        await asyncio.sleep(0.1)
        now = await connection.fetchval(left)
        if not since and now < first:
            since, begun = time.monotonic(), now
    seconds = time.monotonic() - since
    await connection.close()
    os.kill(worker, signal.SIGKILL)
    return float((begun - now) / seconds)


@contextmanager
def _crowd(made: Stage, server: Server, clients: int, seconds: float) -> Iterator[None]:
    """Clients that try to pay; they are there when the body begins."""
    lasting = seconds + 2 * _WARM
    file = made.folder / "crowd"
    file.write_text("\n".join(asyncio.run(opened(server, int(clients * lasting / _PAUSE)))))
    command = [sys.executable, "-m", "bench.load.crowd"]
    given = [server.url, server.key, str(file), str(clients), str(_PAUSE)]
    child = made.start([*command, *given], {})
    time.sleep(_WARM)
    yield
    child.kill()


def _timed(server: Server, call: Callable[[int], Call], seconds: float) -> Burst:
    return open_loop(server.url, call, rate=_RATE, seconds=seconds)


if __name__ == "__main__":
    main()
