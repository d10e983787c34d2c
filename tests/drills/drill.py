"""One drill: begin the incident, wait for its alert, mend it, wait until the alert has ended."""

import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.drills import prometheus
from tests.drills.incidents import Incident
from tests.drills.stack import customers, service

NOTICED_WITHIN = 120.0
"""Seconds in which the alert must fire."""
ENDED_WITHIN = 420.0
"""Seconds in which it must end: windows of five minutes have to pass."""
_WARM = 6.0
"""Seconds of customers before anything happens, so that counters have a past."""


class NotAsDrilled(AssertionError):
    """An alert did not fire, or did not end, in time."""


@dataclass(frozen=True)
class Outcome:
    """What a drill showed: seconds until the alert fired and until it ended, and the actions."""

    incident: Incident
    noticed: float
    mended: float
    actions: tuple[str, ...]
    summary: str


def run(incident: Incident, report: Callable[[str], object] = print) -> Outcome:
    """Run a drill; raises NotAsDrilled."""
    with (
        service(**incident.settings) as made,
        tempfile.TemporaryDirectory(prefix="pe-drill-") as folder,
        prometheus.running(made.summary["metrics"], Path(folder), engine=made.summary["api"]) as p,
        customers(made, incident.pause, **incident.attempt),
    ):
        time.sleep(_WARM + incident.waits)
        if incident.alert in p.firing():
            raise NotAsDrilled(f"{incident.alert} fires before anything has happened")
        report(f"{incident.name}: begins")
        incident.begins(made)
        noticed = _seconds_until(lambda: incident.alert in p.firing(), NOTICED_WITHIN, incident)
        notes = p.annotations(incident.alert)
        report(f"{incident.name}: {incident.alert} fires after {noticed:.0f} s")
        report(f"  {notes['summary']}\n  {notes['console']}")
        before = len(made.actions)
        incident.over(made)
        incident.actions(made)
        actions = tuple(made.actions[before:])
        if len(actions) > 5:
            raise NotAsDrilled(f"{incident.name} took {len(actions)} actions")
        mended = _seconds_until(lambda: incident.alert not in p.firing(), ENDED_WITHIN, incident)
        report(f"{incident.name}: over after {mended:.0f} s, by {', '.join(actions) or 'nobody'}")
        return Outcome(incident, noticed, mended, actions, notes["summary"])


def _seconds_until(reached: Callable[[], bool], limit: float, incident: Incident) -> float:
    start = time.monotonic()
    while time.monotonic() - start < limit:
        if reached():
            return time.monotonic() - start
        time.sleep(0.5)
    raise NotAsDrilled(f"{incident.name}: {incident.alert} did not change within {limit:.0f} s")
