"""The command that creates merchants, run again for one that exists."""

from payment_engine.services.access.merchants import register
from tests.world import World

_FACTS = "SELECT notify_url, mcc, upi_verified FROM merchant WHERE name = 'Demo Pharmacy'"


async def test_more_keys_for_a_merchant_change_nothing_that_is_not_given(world: World) -> None:
    [before] = await world.sql(_FACTS)
    keys = await register(world.engine, "Demo Pharmacy", None)
    assert keys.merchant_id == world.keys.merchant_id
    assert await world.sql(_FACTS) == [before]
    await register(world.engine, "Demo Pharmacy", "http://127.0.0.1:9/", upi_verified=True)
    [after] = await world.sql(_FACTS)
    assert after == {**before, "notify_url": "http://127.0.0.1:9/", "upi_verified": True}
