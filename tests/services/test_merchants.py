"""The command that creates merchants, run again for one that exists."""

from payment_engine.domain.requests.brand import Brand
from payment_engine.services.access.brands import change_brand
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


async def test_one_part_of_a_brand_is_changed_alone(world: World) -> None:
    merchant = world.keys.merchant_id
    await change_brand(world.engine, merchant, Brand(colour="#0a6c5d", support_phone="1800 1234"))
    await change_brand(world.engine, merchant, Brand(colour="#112233"))
    [row] = await world.sql("SELECT colour, support_phone FROM merchant")
    assert row == {"colour": "#112233", "support_phone": "1800 1234"}
