"""One drill: begin the incident, wait for its alert, mend it, wait until the alert has ended."""

import json
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
DASHBOARD = prometheus.ROOT / "deploy" / "dashboard.json"
_QUIET_WITHIN = 60.0
"""Seconds in which a service that has just started, and Prometheus, must have settled."""
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
    empty_panels: frozenset[str]
    """Expressions of the dashboard that showed nothing."""


def run(incident: Incident, report: Callable[[str], object] = print) -> Outcome:
    """Run a drill; raises NotAsDrilled."""
    with (
        service(**incident.settings) as made,
        tempfile.TemporaryDirectory(prefix="pe-drill-") as folder,
        prometheus.running(made.summary["metrics"], Path(folder), engine=made.summary["api"]) as p,
        customers(made, incident.pause, **incident.attempt),
    ):
        time.sleep(_WARM + incident.waits)
        _seconds_until(lambda: incident.alert not in p.firing(), _QUIET_WITHIN, incident)
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
        empty = frozenset(each for each in _panels() if not p.query(each))
        return Outcome(incident, noticed, mended, actions, notes["summary"], empty)


def _panels() -> list[str]:
    panels = json.loads(DASHBOARD.read_text())["panels"]
    return [each["expr"] for panel in panels for each in panel.get("targets", [])]


def _seconds_until(reached: Callable[[], bool], limit: float, incident: Incident) -> float:
    start = time.monotonic()
    while time.monotonic() - start < limit:
        if reached():
            return time.monotonic() - start
        time.sleep(0.5)
    raise NotAsDrilled(f"{incident.name}: {incident.alert} did not change within {limit:.0f} s")
