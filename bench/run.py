"""Init, read and attempt against other ways to write the same service.

All servers run at once. In each cycle every one gets a burst of load, in random order; the figure
is the median over cycles of the ratios within a cycle, with a bootstrap interval, because absolute
figures vary twofold on a shared machine. PostgreSQL runs with fsync and synchronous commits.

    python -m bench.run [--cycles N] [--connections N] [--seconds N] [--workloads init,read,attempt]
"""

import argparse
from dataclasses import asdict

from bench import plot
from bench.pgbench import pgbench
from bench.report import RESULTS, peer_ratios, plain, store, table
from bench.servers import ENGINE, INIT_ONLY, PEERS, Setting, running
from bench.workloads import Cycle, Load, cycles, measure

PGBENCH = "pgbench, one statement"


def main() -> None:
    """Measure the chosen workloads, print a table for each, and store the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cycles", type=int, default=10)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--seconds", type=int, default=1, help="how long one burst lasts")
    parser.add_argument("--workloads", default="init,read,attempt")
    options = parser.parse_args()
    load = Load(options.connections, options.seconds)
    with running() as setting:
        results = {
            name: beside_peers(name, setting, load, options.cycles)
            for name in options.workloads.split(",")
        }
    for name, measured in results.items():
        table(name, measured, load, ENGINE)
    stored = {name: plain(measured) for name, measured in results.items()}
    store("run", {"load": asdict(load), "results": stored})
    groups = {name: peer_ratios(measured, ENGINE, PEERS) for name, measured in results.items()}
    plot.bars(RESULTS / "peers.svg", "How many times as many requests a second", groups)


def beside_peers(name: str, setting: Setting, load: Load, count: int) -> list[Cycle]:
    """The cycles of one workload, with all who take part in it."""
    servers = dict(setting.servers)
    if name != "init":
        del servers[INIT_ONLY]
        return cycles(list(servers), measure(name, servers, setting.folder, load), count)
    ours = measure(name, servers, setting.folder, load)
    return cycles(
        [*servers, PGBENCH],
        lambda title: (
            pgbench(setting.postgres, "fastapi_asyncpg", setting.folder)
            if title == PGBENCH
            else ours(title)
        ),
        count,
    )


if __name__ == "__main__":
    main()
