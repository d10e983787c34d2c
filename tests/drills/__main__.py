"""Run drills from the command line: python -m tests.drills NAME... (all without a name)."""

import sys

from tests.drills.drill import NotAsDrilled, Outcome, run
from tests.drills.incidents import INCIDENTS
from tests.drills.prometheus import MISSING, installed


def main(names: list[str]) -> int:
    """Run them one after the other, and print a table of what they showed."""
    if not installed():
        print(f"Prometheus is missing; {MISSING}")  # noqa: T201
        return 1
    unknown = sorted(set(names) - set(INCIDENTS))
    if unknown:
        print(f"No such incident: {', '.join(unknown)}; there are {', '.join(INCIDENTS)}")  # noqa: T201
        return 1
    outcomes, failed = list[Outcome](), list[str]()
    for name in names or INCIDENTS:
        try:
            outcomes.append(run(INCIDENTS[name]))
        except NotAsDrilled as error:
            failed.append(str(error))
            print(error)  # noqa: T201
    print("\n| Incident | Alert | Noticed after | Actions | Over after |")  # noqa: T201
    print("| --- | --- | --- | --- | --- |")  # noqa: T201
    for each in outcomes:
        incident = each.incident
        print(  # noqa: T201
            f"| {incident.name} | {incident.alert} | {each.noticed:.0f} s | {len(each.actions)} "
            f"| {each.mended:.0f} s |"
        )
    print(*failed, sep="\n")  # noqa: T201
    return 1 if failed else 0


sys.exit(main(sys.argv[1:]))
