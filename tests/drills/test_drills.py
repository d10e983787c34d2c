"""Three of the drills, in real time; `make drills` runs them all."""

import pytest

from tests.drills.drill import NOTICED_WITHIN, run
from tests.drills.incidents import INCIDENTS
from tests.drills.prometheus import MISSING, installed

ALWAYS = {
    "max by (gateway, method) (payment_engine_breaker)",
    "max(payment_engine_overdue_attempts)",
}
"""Panels that show something, whatever happens."""


@pytest.mark.skipif(not installed(), reason=MISSING)
@pytest.mark.timeout(400)
@pytest.mark.parametrize("name", ["gateway-503", "breaker-open", "no-worker"])
def test_an_incident_is_noticed_and_mended_by_what_a_person_on_call_may_do(name: str) -> None:
    outcome = run(INCIDENTS[name])
    assert outcome.noticed <= NOTICED_WITHIN
    assert len(outcome.actions) <= 5
    assert not outcome.empty_panels & ALWAYS
    assert len(outcome.empty_panels) <= 12


def test_there_are_fifteen_incidents_or_more_each_with_an_alert() -> None:
    assert len(INCIDENTS) >= 15
    assert all(incident.alert for incident in INCIDENTS.values())
