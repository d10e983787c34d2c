"""Run drills from the command line: python -m tests.drills [--at-once 4] [NAME...].

Without a name it runs all; several at once, each with a service of its own, since a drill mostly
waits.
"""

import argparse
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

from tests.drills.drill import NotAsDrilled, Outcome, run
from tests.drills.incidents import INCIDENTS
from tests.drills.prometheus import MISSING, installed


def main() -> int:
    """Run them, and print a table of what they showed."""
    parser = argparse.ArgumentParser(prog="python -m tests.drills")
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--at-once", type=int, default=1)
    options = parser.parse_args()
    if unknown := sorted(set(options.names) - set(INCIDENTS)):
        parser.error(f"no such incident: {', '.join(unknown)}; there are {', '.join(INCIDENTS)}")
    if not installed():
        print(f"Prometheus is missing; {MISSING}")  # noqa: T201
        return 1
    with ThreadPoolExecutor(options.at_once) as threads:
        results = list(threads.map(_drilled, options.names or INCIDENTS))
    _print_table(each for each in results if isinstance(each, Outcome))
    failed = [each for each in results if isinstance(each, str)]
    print(*failed, sep="\n")  # noqa: T201
    return 1 if failed else 0


def _drilled(name: str) -> Outcome | str:
    """What the drill showed, or what was not as it must be."""
    try:
        return run(INCIDENTS[name])
    except NotAsDrilled as error:
        print(error)  # noqa: T201
        return str(error)


def _print_table(outcomes: Iterable[Outcome]) -> None:
    print("\n| Incident | Alert | Noticed after | Actions | Over after |")  # noqa: T201
    print("| --- | --- | --- | --- | --- |")  # noqa: T201
    for each in outcomes:
        incident = each.incident
        print(  # noqa: T201
            f"| `{incident.name}` | {incident.alert} | {each.noticed:.0f} s | {len(each.actions)} "
            f"| {each.mended:.0f} s |"
        )


sys.exit(main())
