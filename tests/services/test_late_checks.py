"""Failed attempts are looked at a few times more: a lost webhook may hide money (MOD-2)."""

from tests.siblings import NOWHERE, beside
from tests.world import World


async def test_money_that_came_after_a_failure_is_found_without_a_webhook_mod_2_upi_13(
    world: World,
) -> None:
    payment = await world.opened(expires_in=86_400)
    attempt = await world.attempted(payment["id"])
    await world.decide(attempt, "decline")
    await world.until(payment["id"], "open")
    await world.script("drop_webhook", times=100)
    await world.decide(attempt)
    await world.work(seconds=95)
    assert (await world.read(payment["id"]))["status"] == "open"
    await world.work(hours=6)
    assert (await world.read(payment["id"]))["status"] == "paid"


async def test_it_is_asked_about_thrice_and_no_more(world: World) -> None:
    payment = await world.opened()
    await world.decide(await world.attempted(payment["id"]), "decline")
    await world.until(payment["id"], "open")
    for _ in range(12):
        await world.work(rounds=1, hours=10)
    assert await world.sql("SELECT kind FROM job WHERE kind = 'check_charge'") == []


async def test_what_no_gateway_ever_had_is_not_asked_about(world: World) -> None:
    beside(world, "dead", base_url=NOWHERE)
    del world.engine.gateways["juspay"]
    payment = await world.opened()
    attempt = await world.attempted(payment["id"])
    assert attempt["decline"]["code"] == "gateway_unreachable"
    await world.work(seconds=95)
    assert await world.sql("SELECT kind FROM job WHERE kind = 'check_charge'") == []
