"""A process whose clock is off closes nothing for its age: another one does, or it does later."""

from payment_engine.services import retention
from payment_engine.services.job_handlers import handle_expire_payment
from tests.gauges import scraped
from tests.world import World


async def test_a_process_whose_clock_is_ahead_expires_no_payment(world: World) -> None:
    payment = await world.open_payment()
    world.clock.advance(minutes=20)
    world.engine.heartbeat.clock_offset = 1200.0
    again = await handle_expire_payment(world.engine, payment["id"])
    assert again is not None
    assert again > world.clock.now()
    assert (await world.read_payment(payment["id"]))["status"] == "open"
    world.engine.heartbeat.clock_offset = 0.0
    assert await handle_expire_payment(world.engine, payment["id"]) is None
    assert (await world.read_payment(payment["id"]))["status"] == "expired"


async def test_a_process_whose_clock_is_ahead_deletes_nothing(world: World) -> None:
    await world.open_payment()
    world.clock.advance(days=4)
    keys = "SELECT count(*) AS keys FROM idempotency_key"
    world.engine.heartbeat.clock_offset = 345600.0
    await retention.sweep(world.engine)
    assert await world.sql(keys) == [{"keys": 1}]
    world.engine.heartbeat.clock_offset = 0.0
    await retention.sweep(world.engine)
    assert await world.sql(keys) == [{"keys": 0}]


async def test_the_clock_is_compared_with_each_heartbeat_and_shown(world: World) -> None:
    world.engine.heartbeat.clock_offset = 1200.0
    assert (await scraped(world))["clock_offset_seconds"][()] == 1200
    await world.engine.heartbeat.renew()
    assert abs((await scraped(world))["clock_offset_seconds"][()]) < 1
