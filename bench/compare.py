"""This source beside another revision of it: init, read, methods and attempt, burst by burst.

python -m bench.compare REV [--cycles N] [--connections N] [--seconds N] [--workloads ...]
"""

import argparse
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from bench.engine import ROOT, gateway, prepare, stage
from bench.report import plain, quoted, ratios, store, table
from bench.workloads import Load, cycles, measure

OURS = "this source"


def main() -> None:
    """Print a table for each workload, and the ratios in one line each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("revision")
    parser.add_argument("--cycles", type=int, default=10)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--seconds", type=int, default=1)
    parser.add_argument("--workloads", default="init,read,methods,attempt")
    options = parser.parse_args()
    load = Load(options.connections, options.seconds)
    with stage() as made, source_of(options.revision, made.folder / "source") as root:
        servers = {
            title: prepare(made, database, gateway(made, source), source).serve()
            for title, database, source in (
                (OURS, "ours", ROOT),
                (options.revision, "theirs", root),
            )
        }
        results = {
            name: cycles(list(servers), measure(name, servers, made.folder, load), options.cycles)
            for name in options.workloads.split(",")
        }
    for name, measured in results.items():
        table(name, measured, load, OURS)
    print()
    for name, measured in results.items():
        times = quoted(ratios(measured, OURS, options.revision))
        print(f"{name}: {times} times as fast as {options.revision}")
    stored = {name: plain(measured) for name, measured in results.items()}
    store("compare", {"revision": options.revision, "load": asdict(load), "results": stored})


@contextmanager
def source_of(revision: str, folder: Path) -> Iterator[Path]:
    """The source tree of a revision; what it needs must be installed here as well."""
    git = shutil.which("git") or sys.exit("git is missing")
    command = [git, "-C", str(ROOT), "worktree"]
    subprocess.run([*command, "add", "--detach", "--quiet", str(folder), revision], check=True)
    try:
        yield folder
    finally:
        subprocess.run([*command, "remove", "--force", str(folder)], check=True)


if __name__ == "__main__":
    main()
