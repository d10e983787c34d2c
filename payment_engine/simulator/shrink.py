"""Makes a failing history short: leaves out whatever is not needed for its violation."""

import re
from collections.abc import Callable

from payment_engine.simulator.plan import Plan, parts_of, without
from payment_engine.simulator.run import Outcome

Run = Callable[[Plan], Outcome]
_OF_THIS_RUN = re.compile(r"\b(?:pay|att|rfd|msg)_\w+|\d+")


def shrunk(failed: Outcome, run: Run) -> Outcome:
    """The shortest history found that breaks the same invariant.

    Leaves out parts of the plan, halves of what is left first, then one by one.
    """
    best, kind = failed, kind_of(failed)
    size = len(parts_of(best.plan))
    while size:
        parts = parts_of(best.plan)
        for start in range(0, len(parts), size):
            plan = without(best.plan, frozenset(parts[start : start + size]))
            outcome = run(plan) if plan != best.plan else best
            if outcome is not best and kind_of(outcome) == kind:
                best = outcome
        size = size // 2 if size > 1 or len(parts_of(best.plan)) == len(parts) else 1
    return best


def kind_of(outcome: Outcome) -> str | None:
    """The violation without what differs from run to run."""
    return outcome.violation and _OF_THIS_RUN.sub("#", outcome.violation)
