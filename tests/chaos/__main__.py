"""Real processes under faults: ``python -m tests.chaos``; with ``--long`` all at full length.

Exits with 1 if anything was lost, doubled, disordered, stuck or booked wrongly.
"""

import argparse
import asyncio
import random
import sys
import time

from payment_engine.demo.mongo import MongoUnavailable
from payment_engine.demo.postgres import PostgresFailed
from payment_engine.demo.shop import StepFailed
from tests.chaos.plan import LONG, SHORT, sized
from tests.chaos.planted import PLANTED, commands
from tests.chaos.report import lines, store
from tests.chaos.run import run
from tests.chaos.stack import NotStarted

_NOT_STARTED = (MongoUnavailable, PostgresFailed, NotStarted, StepFailed)


def main() -> int:
    """Run it once and print the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--long", action="store_true", help="all faults at their full length")
    parser.add_argument("--seconds", type=float, help="seconds in which faults begin")
    parser.add_argument("--kills", type=int, help="how many processes are killed")
    parser.add_argument("--seed", type=int, default=random.randrange(10_000))
    parser.add_argument("--planted", choices=PLANTED, help="run with a fault in the service")
    options = parser.parse_args()
    setting = sized(LONG if options.long else SHORT, options.seconds, options.kills)
    began = time.monotonic()

    def say(line: str) -> None:
        print(f"{time.monotonic() - began:6.1f} s  {line}", flush=True)  # noqa: T201

    say(f"{setting}, seed {options.seed}")
    try:
        outcome = asyncio.run(run(setting, options.seed, commands(options.planted), say))
    except _NOT_STARTED as reason:
        say(f"{type(reason).__name__}: {reason}")
        return 1
    print(*lines(outcome), f"recorded in {store(outcome)}", sep="\n")  # noqa: T201
    say("all is as it must be" if not outcome.violations else "something is wrong")
    return 1 if outcome.violations else 0


if __name__ == "__main__":
    sys.exit(main())
