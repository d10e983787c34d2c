"""Pending charges are checked by what is not yet known; UPI ones as rarely as NPCI wants."""

from datetime import timedelta
from typing import Any

import pytest

from payment_engine.domain.gateway import Charge, ChargeState
from tests.second_gateway import ScriptedGateway, add_gateway
from tests.services.test_failover import prefer
from tests.webhooks import charges_looked_up, send_unproven_webhook
from tests.world import World

UPI = {"method": "upi_intent"}


@pytest.fixture
async def world(quiet_world: World) -> World:
    return quiet_world


async def calls(world: World) -> int:
    """How often Juspay was asked about an order."""
    rows = (await world.mock.get("/control/requests")).json()["requests"]
    return sum(row["method"] == "GET" and "/orders/" in row["path"] for row in rows)


async def checks_until(world: World, end: int) -> list[int]:
    """The seconds after now at which Juspay is called, as the worker runs its jobs when due."""
    start, made = world.clock.now(), []
    while (at := await next_due(world)) <= (last := start + timedelta(seconds=end)):
        world.clock.ahead += max(at - world.clock.now(), timedelta()) + timedelta(seconds=1)
        before = await calls(world)
        await world.run_worker(rounds=1)
        if await calls(world) > before:
            made.append(round((world.clock.now() - start).total_seconds()) - 1)
    world.clock.ahead += last - world.clock.now()
    return made


async def next_due(world: World) -> Any:
    [row] = await world.sql("SELECT min(run_at) AS at FROM job")
    return row["at"] or world.clock.now() + timedelta(days=99)


async def attempt_of(world: World, **payment: Any) -> str:
    opened = await world.open_payment(**payment)
    return str((await world.start_attempt(opened["id"]))["id"])


async def customer_returns(world: World, attempt_id: str) -> None:
    ref = attempt_id.removeprefix("att_")
    await world.api.get("/v1/juspay/return", params={"order_id": ref}, follow_redirects=False)


async def sync(world: World, attempt_id: str) -> dict[str, Any]:
    answer = await world.api.post(
        f"/v1/admin/attempts/{attempt_id}/sync",
        json={"reason": "a customer asks"},
        headers={"authorization": f"Bearer {world.keys.admin_key}"},
    )
    return dict(answer.json()["outcome"])


async def test_a_pending_upi_charge_is_checked_three_times_in_two_hours(world: World) -> None:
    await attempt_of(world)
    made = await checks_until(world, 7190)
    assert len(made) == 3
    assert made[0] >= 90
    assert made[1] >= 480
    [row] = await world.sql("SELECT checks FROM attempt")
    assert row["checks"] == 3
    assert await checks_until(world, 3 * 86_400)


async def test_a_schedule_that_starts_sooner_does_not_check_upi_sooner(world: World) -> None:
    world.engine.settings = world.engine.settings.model_copy(
        update={"check_schedule": (10, 30, 3600)}
    )
    await attempt_of(world)
    made = await checks_until(world, 7190)
    assert (len(made), made[0] >= 90) == (3, True)


async def test_a_return_takes_one_of_the_three_and_the_last_waits_for_expiry(world: World) -> None:
    began = world.clock.now()
    attempt_id = await attempt_of(world, expires_in=86_400)
    for _ in range(5):
        world.clock.advance(seconds=10)
        await customer_returns(world, attempt_id)
        await world.run_worker(rounds=1)
    assert await calls(world) == 2
    before = (world.clock.now() - began).total_seconds()
    made = await checks_until(world, 7000)
    assert [at + before > 479 for at in made] == [True]


async def test_a_person_is_told_when_the_next_check_is_allowed(world: World) -> None:
    attempt_id = await attempt_of(world, expires_in=86_400)
    early = await sync(world, attempt_id)
    assert (early["called"], early["after"], await calls(world)) == (False, "pending", 0)
    world.clock.advance(seconds=91)
    assert (await sync(world, attempt_id))["called"]
    assert (await sync(world, attempt_id))["called"]
    late = await sync(world, attempt_id)
    [row] = await world.sql("SELECT expires_at FROM attempt")
    assert not late["called"]
    assert late["next_allowed_at"][:19] == row["expires_at"].isoformat()[:19]
    assert await calls(world) == 2


async def test_a_check_that_may_have_left_counts_and_one_that_did_not_leave_does_not(
    world: World,
) -> None:
    attempt_id = await attempt_of(world, expires_in=86_400)
    world.clock.advance(seconds=91)
    await world.script_mock("http_status", {"path": "*/orders/*"}, status=500)
    assert not (await sync(world, attempt_id))["answered"]
    [row] = await world.sql("SELECT checks FROM attempt")
    assert row["checks"] == 1
    await world.script_mock("refuse", seconds=0.5)
    assert not (await sync(world, attempt_id))["answered"]
    [row] = await world.sql("SELECT checks FROM attempt")
    assert row["checks"] == 1


async def test_a_look_at_a_decline_is_no_check_of_a_pending_charge(world: World) -> None:
    attempt_id = await attempt_of(world)
    await world.customer_decides({"id": attempt_id}, "decline")
    world.clock.advance(seconds=91)
    for _ in range(5):
        assert (await sync(world, attempt_id))["called"]
    assert await world.sql("SELECT checks, status FROM attempt") == [
        {"checks": 1, "status": "failed"}
    ]


async def test_an_order_that_was_never_made_is_known_after_ten_minutes(world: World) -> None:
    await world.script_mock("http_status", {"path": "*/txns"}, status=500)
    payment = await world.open_payment(expires_in=86_400)
    await world.start_attempt(payment["id"])
    made = await checks_until(world, 700)
    current = await world.read_payment(payment["id"])
    assert current["attempts"][0]["decline"]["code"] == "never_started"
    assert len(made) == 2
    assert made[1] in range(600, 610)


async def card_attempt(world: World) -> None:
    payment = await world.open_payment(expires_in=86_400)
    await world.start_attempt(payment["id"], method="card", card_token=await world.card_token())


@pytest.mark.parametrize(
    ("fault", "soonest"),
    [
        ({"status": 500}, 30),
        ({"status": 429, "retry_after": 45}, 45),
        ({"status": 503, "retry_after": 50}, 50),
    ],
    ids=str,
)
async def test_a_check_that_failed_is_repeated_soon(
    world: World, fault: dict[str, int], soonest: int
) -> None:
    await card_attempt(world)
    await world.script_mock("http_status", {"path": "*/orders/*", "method": "GET"}, **fault)
    made = await checks_until(world, 200)
    assert len(made) == 2
    assert made[1] - made[0] in range(soonest, soonest + 5)


async def test_a_lost_last_check_does_not_end_the_schedule(world: World) -> None:
    await card_attempt(world)
    world.clock.advance(hours=71.9)
    await world.run_worker()
    await world.script_mock("http_status", {"path": "*/orders/*", "method": "GET"}, status=500)
    await world.run_worker(hours=0.2)
    assert await world.sql("SELECT review FROM attempt") == [{"review": None}]
    await world.run_worker(seconds=601)
    [row] = await world.sql("SELECT review FROM attempt")
    assert row["review"] == "no verdict from the gateway"


async def test_a_refund_that_could_not_be_looked_up_is_looked_up_again_soon(world: World) -> None:
    payment = await world.open_payment()
    attempt = await world.start_attempt(payment["id"])
    await world.customer_decides(attempt)
    await world.run_worker(seconds=91)
    await world.script_mock("refund_hold")
    path = f"/v1/payments/{payment['id']}/refunds"
    await world.post(path, {"amount": 400, "reason": "test"})
    await world.script_mock("http_status", {"path": "*/orders/*", "method": "GET"}, status=500)
    made = await checks_until(world, 200)
    assert made[1] - made[0] in range(30, 35)


async def forge(world: World, attempt_id: str, *statuses: str) -> None:
    """Webhooks that whoever has the password sends, one after the other."""
    for status in statuses:
        attempt = {"id": attempt_id, "method": "upi_intent"}
        assert (await send_unproven_webhook(world, attempt, status=status)).status_code == 200
        await charges_looked_up(world)


@pytest.mark.parametrize("first", [(), ("AUTHORIZATION_FAILED",)], ids=["pending", "called failed"])
async def test_invented_successes_cause_three_checks_in_two_hours(
    world: World, first: tuple[str, ...]
) -> None:
    attempt_id = await attempt_of(world, expires_in=86_400)
    start = world.clock.now()
    await forge(world, attempt_id, *first)
    while world.clock.now() - start < timedelta(seconds=6900):
        await forge(world, attempt_id, "CHARGED")
        await world.run_worker(rounds=1, seconds=240)
    assert await calls(world) == 3
    [row] = await world.sql("SELECT checks, status FROM attempt")
    assert (row["checks"], row["status"]) == (3, "failed" if first else "pending")


async def test_a_success_reported_when_no_check_is_left_counts_at_the_next_one(
    world: World,
) -> None:
    payment = await world.open_payment(expires_in=86_400)
    attempt = await world.start_attempt(payment["id"])
    await forge(world, attempt["id"], "CHARGED", "CHARGED")
    assert await calls(world) == 2
    await world.customer_decides(attempt)
    await forge(world, attempt["id"], "CHARGED")
    assert await calls(world) == 2
    assert (await world.read_payment(payment["id"]))["status"] == "pending"
    kinds = [one["type"] for one in await world.notifications(payment["order_id"])]
    assert "payment.paid" not in kinds
    kinds = [job["kind"] for job in await world.sql("SELECT kind FROM job ORDER BY kind")]
    assert "check_charge" in kinds
    assert "confirm_charge" not in kinds
    [at] = await checks_until(world, 600)
    assert at >= 480
    assert (await world.read_payment(payment["id"]))["status"] == "paid"


async def test_looks_that_fail_count_even_if_a_webhook_reported_a_verdict(world: World) -> None:
    attempt_id = await attempt_of(world, expires_in=86_400)
    lookups = {"path": "*/orders/*", "method": "GET"}
    await world.script_mock("http_status", lookups, status=500, times=50)
    await forge(world, attempt_id, "CHARGED")
    assert len(await checks_until(world, 7100)) == 2
    assert await world.sql("SELECT checks FROM attempt") == [{"checks": 3}]


class SentTwice(ScriptedGateway):
    """Behind a proxy that sends a charge again, and answers as its repetition was answered."""

    async def charge(self, charge: Charge) -> ChargeState:
        await super().charge(charge)
        return await super().charge(charge)


async def test_a_look_inside_of_a_charge_counts(world: World) -> None:
    add_gateway(world, "proxied", kind=SentTwice)
    await prefer(world, "proxied")
    attempt_id = await attempt_of(world, expires_in=86_400)
    assert await calls(world) == 1
    assert await world.sql("SELECT checks, gateway, status FROM attempt") == [
        {"checks": 1, "gateway": "proxied", "status": "pending"}
    ]
    assert len(await checks_until(world, 7100)) == 2
    assert (await sync(world, attempt_id))["called"] is False
