"""The database's answer to a commit is lost: whoever called still learns what really happened."""

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from payment_engine.services.job_handlers import handle_check_charge
from tests.failure.cutting import CHANGE, LOAD, OPEN, Cut, CuttingProxy, cutting_proxy
from tests.webhooks import send_webhook
from tests.world import ORDER, World, running_world

UPI = {"method": "upi_intent", "client": {"platform": "android"}}
REFUND = {"amount": 400, "reason": "test"}
CUTS = pytest.mark.parametrize("how", ["before", "after", "late", "latest"])
BOTH = pytest.mark.parametrize("commit", [1, 2])


@dataclass
class Cutting:
    """The service behind a proxy that cuts its database connections, and the gateway's calls."""

    world: World
    proxy: CuttingProxy
    calls: Counter[str]

    async def twice(self, path: str, body: Any = None) -> httpx.Response:
        """The answer to a request, which its repetition under the same key repeats."""
        first = await self.world.post(path, body, key="same")
        again = await self.world.post(path, body, key="same")
        assert (first.status_code, first.content) == (again.status_code, again.content)
        return first


@pytest.fixture
async def cutting(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Cutting]:
    """Without webhooks but those that a test sends itself."""
    async with (
        cutting_proxy(database) as (proxy, url),
        running_world(database, tmp_path, database_url=url) as world,
    ):
        await world.script_mock("drop_webhook", times=100)
        calls = Counter[str]()
        gateway = world.engine.gateways["juspay"]
        for name in ("charge", "refund", "capture", "void"):
            monkeypatch.setattr(gateway, name, _counted(calls, name, getattr(gateway, name)))
        yield Cutting(world, proxy, calls)


def _counted(calls: Counter[str], name: str, call: Any) -> Any:
    async def counted(*values: Any) -> Any:
        calls[name] += 1
        return await call(*values)

    return counted


async def paid_payment(world: World) -> dict[str, Any]:
    """A payment that a status check found to be paid."""
    payment = await world.open_payment()
    attempt = await world.start_attempt(payment["id"])
    await world.customer_decides(attempt)
    await handle_check_charge(world.engine, attempt["id"])
    return await world.read_payment(payment["id"])


@CUTS
async def test_a_payment_is_opened_once_though_the_answer_is_lost(
    cutting: Cutting, how: Cut
) -> None:
    cutting.proxy.cut(how, OPEN)
    answer = await cutting.twice("/v1/payments", ORDER)
    assert answer.status_code == 201
    (row,) = await cutting.world.sql("SELECT id FROM payment")
    assert row["id"] == answer.json()["id"]


@CUTS
@BOTH
async def test_an_attempt_is_charged_once_though_the_answer_is_lost(
    cutting: Cutting, how: Cut, commit: int
) -> None:
    payment = await cutting.world.open_payment()
    cutting.proxy.cut(how, CHANGE, commit)
    answer = await cutting.twice(f"/v1/payments/{payment['id']}/attempts", UPI)
    assert answer.status_code == 201, answer.text
    assert answer.json()["attempt"]["next_action"]["uri"]
    assert cutting.calls == {"charge": 1}
    current = await cutting.world.read_payment(payment["id"])
    assert [each["id"] for each in current["attempts"]] == [answer.json()["attempt"]["id"]]


@CUTS
@BOTH
async def test_a_refund_is_sent_once_though_the_answer_is_lost(
    cutting: Cutting, how: Cut, commit: int
) -> None:
    paid = await paid_payment(cutting.world)
    cutting.proxy.cut(how, CHANGE, commit)
    answer = await cutting.twice(f"/v1/payments/{paid['id']}/refunds", REFUND)
    assert answer.status_code == 201, answer.text
    assert cutting.calls["refund"] == 1
    (row,) = await cutting.world.sql("SELECT id FROM refund")
    assert row["id"] == answer.json()["refund"]["id"]


@CUTS
@BOTH
async def test_a_capture_is_sent_once_though_the_answer_is_lost(
    cutting: Cutting, how: Cut, commit: int
) -> None:
    world = cutting.world
    payment = await world.open_payment(capture="manual")
    token = await world.card_token()
    attempt = await world.start_attempt(payment["id"], method="card", card_token=token)
    await world.customer_decides(attempt)
    await handle_check_charge(world.engine, attempt["id"])
    cutting.proxy.cut(how, CHANGE, commit)
    answer = await cutting.twice(f"/v1/payments/{payment['id']}/capture", {"amount": 116400})
    assert (answer.status_code, answer.json()["status"]) == (200, "paid"), answer.text
    assert cutting.calls["capture"] == 1


@CUTS
async def test_a_webhook_has_one_effect_though_the_answer_is_lost(
    cutting: Cutting, how: Cut
) -> None:
    world = cutting.world
    payment = await world.open_payment()
    attempt = await world.start_attempt(payment["id"])
    await world.customer_decides(attempt)
    cutting.proxy.cut(how, CHANGE)
    answers = [await send_webhook(world, attempt, event_id="evt_one") for _ in range(2)]
    assert [each.status_code for each in answers] == [200, 200]
    rows = await world.sql("SELECT handled_at IS NOT NULL AS handled FROM inbox_notice")
    assert rows == [{"handled": True}]
    captured = await world.sql("SELECT id FROM payment_event WHERE type = 'attempt.captured'")
    assert len(captured) == 1
    assert (await world.read_payment(payment["id"]))["status"] == "paid"


async def test_an_attempt_survives_a_database_that_breaks_off_twice(cutting: Cutting) -> None:
    payment = await cutting.world.open_payment()
    cutting.proxy.cut("before", CHANGE, 2)
    cutting.proxy.cut_next("before", LOAD)
    answer = await cutting.twice(f"/v1/payments/{payment['id']}/attempts", UPI)
    assert answer.status_code == 201, answer.text
    assert answer.json()["attempt"]["next_action"]["uri"]
    assert cutting.calls == {"charge": 1}
