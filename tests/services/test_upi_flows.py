"""UPI attempts: which flows are allowed, the alternatives, and saving the ID that paid."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from payment_engine.db.models import Merchant
from tests.api.responses import problem, refusal
from tests.customers import CONSENT, SETTINGS, call_as_customer, token_of
from tests.world import World, running_world

VPA = "asha.rao@okaxis"
IOS = {"platform": "ios"}
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15"


@pytest.fixture
async def world(database: str, tmp_path: Path) -> AsyncIterator[World]:
    async with running_world(database, tmp_path / "spool", **SETTINGS) as world:
        yield world


async def start_collect(world: World, payment: dict[str, Any], **body: Any) -> httpx.Response:
    body = {"method": "upi_collect", "client": IOS, **body}
    return await world.post(f"/v1/payments/{payment['id']}/attempts", body)


async def collect_and_decide(
    world: World, decision: str = "approve", **body: Any
) -> dict[str, Any]:
    """A payment whose customer approved or declined a collect request."""
    payment = await world.open_payment()
    attempt = (await start_collect(world, payment, **body)).json()["attempt"]
    await world.customer_decides(attempt, decision)
    await world.wait_for_status(payment["id"], "paid" if decision == "approve" else "open")
    await world.run_worker(seconds=15)
    return payment


async def saved_vpas(world: World, payment: dict[str, Any]) -> list[dict[str, Any]]:
    token = token_of(world, payment["customer"]["ref"])
    return list((await call_as_customer(world, "GET", "/v1/upi/vpas", token)).json()["vpas"])


async def test_collect_where_it_is_not_allowed_names_the_alternatives(
    world: World,
) -> None:
    payment = await world.open_payment()
    for platform, flows in {
        "android": ["upi_intent", "upi_qr"],
        "mobile_web": ["upi_intent", "upi_qr"],
        "desktop": ["upi_qr"],
    }.items():
        answer = await start_collect(world, payment, vpa=VPA, client={"platform": platform})
        assert refusal(answer) == (422, "upi_collect_not_allowed")
        assert problem(answer)["alternatives"][: len(flows)] == flows
        assert "upi_collect" not in problem(answer)["alternatives"]
    assert (await world.read_payment(payment["id"]))["attempts"] == []


async def test_a_desktop_is_offered_a_qr_code_and_no_app(world: World) -> None:
    payment = await world.open_payment()
    body = {"method": "upi_intent", "client": {"platform": "desktop"}}
    answer = await world.post(f"/v1/payments/{payment['id']}/attempts", body)
    assert refusal(answer) == (422, "method_not_available")
    assert "upi_qr" in problem(answer)["alternatives"]


async def test_an_amount_above_upis_limit_is_refused_with_alternatives(world: World) -> None:
    payment = await world.open_payment(amount=1_00_000_01, breakdown=[])
    body = {"method": "upi_intent", "client": {"platform": "android"}}
    answer = await world.post(f"/v1/payments/{payment['id']}/attempts", body)
    assert refusal(answer) == (422, "method_not_available")
    assert "card" in problem(answer)["alternatives"]
    assert not [m for m in problem(answer)["alternatives"] if m.startswith("upi")]


@pytest.mark.parametrize(
    "client", [IOS, {"platform": "mobile_web", "user_agent": IPHONE}], ids=["app", "safari"]
)
async def test_collect_works_on_ios(world: World, client: dict[str, str]) -> None:
    payment = await world.open_payment()
    attempt = (await start_collect(world, payment, vpa=VPA, client=client)).json()["attempt"]
    assert (attempt["status"], attempt["next_action"]["kind"]) == ("pending", "upi_collect")
    assert attempt["next_action"]["expires_at"]
    await world.customer_decides(attempt)
    assert (await world.wait_for_status(payment["id"], "paid"))["amount_captured"] == 116400


async def test_an_exempt_merchant_may_use_collect_on_any_platform(world: World) -> None:
    await Merchant.filter(id=world.keys.merchant_id).update(mcc="6012")
    payment = await world.open_payment()
    answer = await start_collect(world, payment, vpa=VPA, client={"platform": "android"})
    assert answer.status_code == 201


async def test_an_invalid_upi_id_starts_no_attempt(world: World) -> None:
    payment = await world.open_payment()
    answer = await start_collect(world, payment, vpa="9876543210")
    assert refusal(answer) == (422, "invalid_vpa")
    assert problem(answer)["reason"] == "phone_number"
    assert (await world.read_payment(payment["id"]))["attempts"] == []


async def test_a_upi_id_that_paid_is_saved_with_consent(world: World) -> None:
    payment = await collect_and_decide(world, vpa=VPA.upper(), save=CONSENT)
    assert [one["vpa"] for one in await saved_vpas(world, payment)] == ["as***@okaxis"]
    assert await world.sql("SELECT payer FROM attempt") == [{"payer": None}]


async def test_a_upi_id_that_did_not_pay_is_not_saved(world: World) -> None:
    payment = await collect_and_decide(world, "decline", vpa=VPA, save=CONSENT)
    assert await saved_vpas(world, payment) == []
    assert await world.sql("SELECT payer FROM attempt") == [{"payer": None}]


@pytest.mark.parametrize("save", [None, {**CONSENT, "consent": False}])
async def test_a_upi_id_that_paid_is_not_saved_without_consent(
    world: World, save: dict[str, Any] | None
) -> None:
    payment = await collect_and_decide(world, vpa=VPA, save=save)
    assert await saved_vpas(world, payment) == []
    assert await world.sql("SELECT id FROM consent") == []


async def test_a_saved_upi_id_pays_only_for_its_customer(world: World) -> None:
    payment = await collect_and_decide(world, vpa=VPA, save=CONSENT)
    [mine] = await saved_vpas(world, payment)
    again, other = (
        await world.open_payment(),
        await world.open_payment(customer={"ref": "cust-other"}),
    )
    answer = await start_collect(world, again, instrument_id=mine["id"])
    assert answer.status_code == 201
    [row] = await world.sql("SELECT instrument_id FROM attempt WHERE payment_id = $1", again["id"])
    assert row["instrument_id"] == mine["id"]
    assert refusal(await start_collect(world, other, instrument_id=mine["id"])) == (
        404,
        "not_found",
    )


async def test_the_upi_id_last_used_is_listed_first(world: World) -> None:
    payment = await collect_and_decide(world, vpa=VPA, save=CONSENT)
    await collect_and_decide(world, vpa="other@ybl", save=CONSENT)
    first, last = await saved_vpas(world, payment)
    assert (first["vpa"], last["vpa"]) == ("ot***@ybl", "as***@okaxis")
    await collect_and_decide(world, instrument_id=last["id"])
    assert [one["id"] for one in await saved_vpas(world, payment)] == [last["id"], first["id"]]


async def test_a_upi_id_is_given_or_named_by_its_id_and_not_both(world: World) -> None:
    payment = await world.open_payment()
    for body in ({}, {"vpa": VPA, "instrument_id": "vpa_00000000000000000000"}):
        assert refusal(await start_collect(world, payment, **body)) == (422, "invalid_request")


@pytest.mark.parametrize(
    "client", [IOS, {"platform": "mobile_web", "user_agent": IPHONE}], ids=["app", "web"]
)
async def test_an_iphone_gets_the_links_of_its_apps(world: World, client: dict[str, str]) -> None:
    payment = await world.open_payment()
    attempt = await world.start_attempt(payment["id"], client=client)
    apps = {app["app"]: app for app in attempt["next_action"]["apps"]}
    assert apps["phonepe"]["uri"].startswith("phonepe://pay?")
    assert apps["phonepe"]["package"] is None
    read = (await world.read_payment(payment["id"]))["attempts"][0]
    assert read["next_action"] == attempt["next_action"]


async def test_the_upi_id_of_an_attempt_is_nowhere_in_plain_text(world: World) -> None:
    await collect_and_decide(world, vpa=VPA, save=CONSENT)
    rows = [r["t"] for name in ("attempt", "job", "consent", "saved_vpa", "idempotency_key")
            for r in await world.sql(f"SELECT t::text AS t FROM {name} t")]  # noqa: S608  # fmt: skip
    assert len(rows) > 3
    assert not [row for row in rows if "asha.rao" in row or VPA.encode().hex() in row]


@pytest.mark.parametrize(
    ("body", "minutes"),
    [
        ({"method": "upi_intent"}, 8),
        ({"method": "upi_qr", "client": {"platform": "desktop"}}, 8),
        ({"method": "upi_collect", "client": IOS, "vpa": VPA}, 5),
    ],
    ids=lambda given: given["method"] if isinstance(given, dict) else str(given),
)
async def test_a_upi_attempt_expires_to_the_second(
    world: World, body: dict[str, Any], minutes: int
) -> None:
    payment = await world.open_payment()
    attempt = await world.start_attempt(payment["id"], **body)
    until = datetime.fromisoformat(attempt["next_action"]["expires_at"])
    opened = datetime.fromisoformat(attempt["created_at"])
    assert until - opened == timedelta(minutes=minutes)
    left = (until - world.clock.now()).total_seconds()
    world.clock.advance(seconds=left - 0.5)
    assert (await world.read_payment(payment["id"]))["attempts"][0]["next_action"]
    world.clock.advance(seconds=0.5)
    assert (await world.read_payment(payment["id"]))["attempts"][0]["next_action"] is None
