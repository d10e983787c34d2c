"""Failed attempts are polled a few more times, because a late success's webhook may be lost."""

from tests.second_gateway import NOWHERE, add_gateway
from tests.world import World


async def test_a_late_success_is_found_by_polling_without_a_webhook(
    world: World,
) -> None:
    payment = await world.open_payment(expires_in=86_400)
    attempt = await world.start_attempt(payment["id"])
    await world.customer_decides(attempt, "decline")
    await world.wait_for_status(payment["id"], "open")
    await world.script_mock("drop_webhook", times=100)
    await world.customer_decides(attempt)
    await world.run_worker(seconds=95)
    assert (await world.read_payment(payment["id"]))["status"] == "open"
    await world.run_worker(hours=6)
    assert (await world.read_payment(payment["id"]))["status"] == "paid"


async def test_a_failed_attempt_is_polled_three_times_and_no_more(world: World) -> None:
    payment = await world.open_payment()
    await world.customer_decides(await world.start_attempt(payment["id"]), "decline")
    await world.wait_for_status(payment["id"], "open")
    for _ in range(12):
        await world.run_worker(rounds=1, hours=10)
    assert await world.sql("SELECT kind FROM job WHERE kind = 'check_charge'") == []


async def test_an_attempt_that_no_gateway_got_is_not_polled(world: World) -> None:
    add_gateway(world, "dead", base_url=NOWHERE)
    del world.engine.gateways["juspay"]
    payment = await world.open_payment()
    attempt = await world.start_attempt(payment["id"])
    assert attempt["decline"]["code"] == "gateway_unreachable"
    await world.run_worker(seconds=95)
    assert await world.sql("SELECT kind FROM job WHERE kind = 'check_charge'") == []
