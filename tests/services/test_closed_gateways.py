"""A gateway that takes no new charges, and one that was taken out of the configuration."""

from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from pathlib import Path

import asyncpg
import pytest

from payment_engine.db.gateway_needs import GatewayNeed, needs_of_the_gone
from tests.forks import run_forked
from tests.world import JUSPAY, World, running_world


@pytest.fixture
async def world(database: str, tmp_path: Path) -> AsyncIterator[World]:
    """Charges go to Paytm as long as it takes any."""
    weights = {"juspay": {"upi_intent": 0}}
    async with running_world(
        database, tmp_path / "spool", other_gateways=("paytm",), weights=weights
    ) as world:
        yield world


async def paid_through_paytm(world: World) -> tuple[str, str]:
    """A paid payment and its attempt."""
    payment = await world.open_payment()
    attempt = await world.start_attempt(payment["id"])
    assert attempt["gateway"] == "paytm"
    await world.customer_decides(attempt)
    await world.run_worker(seconds=91)
    assert (await world.read_payment(payment["id"]))["status"] == "paid"
    return payment["id"], attempt["id"]


def close_paytm(world: World) -> None:
    world.engine.settings.closed_gateways = ("paytm",)


async def needs(
    world: World, *configured: str, windows: Mapping[str, int] | None = None
) -> list[GatewayNeed]:
    connection = await asyncpg.connect(world.engine.settings.database_url)
    try:
        await needs_of_the_gone(connection, ["juspay", "paytm"], {})
        return await needs_of_the_gone(connection, configured, windows or {})
    finally:
        await connection.close()


async def test_a_closed_gateway_takes_no_new_charge_and_does_everything_else(
    world: World,
) -> None:
    payment_id, attempt_id = await paid_through_paytm(world)
    other = await world.open_payment()
    pending = await world.start_attempt(other["id"])
    assert pending["gateway"] == "paytm"
    close_paytm(world)
    fresh = await world.open_payment()
    assert (await world.start_attempt(fresh["id"]))["gateway"] == "juspay"
    await world.customer_decides(pending)
    await world.run_worker(seconds=91)
    assert (await world.read_payment(other["id"]))["status"] == "paid"
    body = {"amount": 116400, "reason": "test"}
    refund = await world.post(f"/v1/payments/{payment_id}/refunds", body)
    assert (refund.status_code, refund.json()["refund"]["attempt_id"]) == (201, attempt_id)
    await world.wait_for_refunded(payment_id, 116400, seconds=600)


async def test_nothing_is_offered_through_a_closed_gateway(world: World) -> None:
    close_paytm(world)
    routes = (await world.get("/v1/admin/routes", world.keys.admin_key)).json()["routes"]
    enabled = {route["gateway"]: route["enabled"] for route in routes}
    assert enabled == {"juspay": True, "paytm": False}
    payment = await world.open_payment()
    token = payment["checkout"]["token"]
    wallet = await world.post("/v1/paytm/wallet/otp", {"phone": "9876543210"}, token)
    assert (wallet.status_code, wallet.json()["code"]) == (422, "unsupported")
    assert not await world.sql("SELECT id FROM linked_wallet")


async def test_what_rows_need_of_a_gateway_that_is_gone_is_counted(world: World) -> None:
    assert await needs(world, "juspay") == []
    await paid_through_paytm(world)
    pending = await world.open_payment()
    await world.start_attempt(pending["id"])
    (need,) = await needs(world, "juspay")
    assert (need.gateway, need.attempts, need.refunds, need.refundable) == ("paytm", 1, 0, 1)
    assert need.jobs >= 1
    assert await needs(world, "juspay", "paytm") == []


async def test_money_that_may_be_refunded_no_longer_needs_no_gateway(world: World) -> None:
    await paid_through_paytm(world)
    await world.sql("DELETE FROM job WHERE gateway = 'paytm' RETURNING id")
    over, lasting = {"upi_intent": -1}, {"upi_intent": 170}
    assert await needs(world, "juspay", windows=over) == []
    assert [need.refundable for need in await needs(world, "juspay", windows=lasting)] == [1]


@pytest.mark.parametrize("command", ["api", "worker"])
async def test_a_process_refuses_to_start_without_a_gateway_that_rows_need(
    world: World, tmp_path: Path, command: str
) -> None:
    await paid_through_paytm(world)
    await needs(world, "juspay")
    settings = world.engine.settings
    juspay = {"base_url": "http://127.0.0.1:9", **JUSPAY}
    code, printed = await run_forked(
        tmp_path,
        command,
        PE_DATABASE_URL=settings.database_url,
        PE_SECRET=settings.secret.get_secret_value(),
        **{f"PE_GATEWAYS__JUSPAY__{name.upper()}": value for name, value in juspay.items()},
    )
    assert code == 1, printed
    assert "paytm: 0 open attempts" in printed
    assert "PE_CLOSED_GATEWAYS" in printed


async def test_a_refund_at_a_gateway_that_is_gone_is_refused_before_it_reserves_money(
    world: World,
) -> None:
    payment_id, attempt_id = await paid_through_paytm(world)
    paytm = world.engine.gateways.pop("paytm")
    body = {"amount": 116400, "reason": "test"}
    answer = await world.post(f"/v1/payments/{payment_id}/refunds", body)
    assert (answer.status_code, answer.json()["code"]) == (422, "unsupported")
    assert (await world.read_payment(payment_id))["refunds"] == []
    rows = await world.sql("SELECT amount_refund_reserved FROM attempt WHERE id = $1", attempt_id)
    assert rows == [{"amount_refund_reserved": 0}]
    world.engine.gateways["paytm"] = paytm


async def test_a_payment_expires_although_its_gateway_is_gone(world: World) -> None:
    payment = await world.open_payment(expires_in=60)
    await world.start_attempt(payment["id"])
    paytm = world.engine.gateways.pop("paytm")
    await world.run_worker(seconds=61)
    assert (await world.read_payment(payment["id"]))["status"] == "expired"
    assert await world.sql("SELECT id FROM job WHERE last_error IS NOT NULL") == []
    world.engine.gateways["paytm"] = paytm


async def test_a_check_waits_for_a_gateway_that_is_gone(world: World) -> None:
    await world.start_attempt((await world.open_payment())["id"])
    paytm = world.engine.gateways.pop("paytm")
    await world.run_worker(seconds=91, rounds=1)
    [job] = await world.sql("SELECT last_error, run_at FROM job WHERE kind = 'check_charge'")
    assert job["last_error"] is None
    assert job["run_at"] > world.engine.now() + timedelta(seconds=20)
    world.engine.gateways["paytm"] = paytm
