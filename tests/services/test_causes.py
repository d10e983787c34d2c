"""Why a gateway did not answer survives: in the exchange, the timeline, the metrics and the log."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from payment_engine.domain.wire import WireBounds
from tests.gauges import scraped
from tests.world import World, running_world

FAULTS: dict[str, dict[str, Any]] = {
    "timeout": {"kind": "hang", "seconds": 30, "when": "before"},
    "server_error": {"kind": "http_status", "status": 503},
    "unauthorized": {"kind": "http_status", "status": 403},
    "throttled": {"kind": "http_status", "status": 429},
    "reset": {"kind": "reset", "when": "before"},
    "garbage": {"kind": "garbage", "when": "before"},
}


@pytest.fixture
async def impatient(database: str, tmp_path: Path) -> AsyncIterator[World]:
    """A gateway that is waited for a second, and sends no webhooks."""
    bounds = {"juspay": WireBounds(total_timeout=1.0)}
    async with running_world(database, tmp_path / "spool", wires=bounds) as world:
        await world.script_mock("drop_webhook", times=1000)
        yield world


@pytest.mark.parametrize("cause", FAULTS)
async def test_a_cause_is_found_wherever_somebody_looks(impatient: World, cause: str) -> None:
    world, fault = impatient, FAULTS[cause]
    before = await scraped(world)
    payment = await world.open_payment()
    await world.script_mock(match={"gateway": "juspay"}, times=50, **fault)
    with capture_logs() as logs:
        await world.start_attempt(payment["id"])
    after = await scraped(world)
    path = f"/v1/admin/payments/{payment['id']}/timeline"
    timeline = (await world.get(path, world.keys.admin_key)).json()["timeline"]
    calls = [each["detail"] for each in timeline if each["kind"] == "exchange"]
    assert {call["cause"] for call in calls} == {cause}
    moved = [each for each in timeline if each["what"] in ("attempt.pending", "attempt.failed")]
    assert [each["detail"]["gateway_status"] for each in moved] == [cause]
    for name in ("gateway_failures_total", "charges_without_answer_total"):
        labels = (cause, "juspay")
        assert after[name][labels] > before[name][labels], name
    failures = [line for line in logs if line["event"] == "charge_without_answer"]
    assert [line["cause"] for line in failures] == [cause]
