"""The command that creates merchants, run again for one that exists."""

import pytest

from payment_engine.db.models import ApiKey
from payment_engine.domain.errors import Unauthenticated
from payment_engine.domain.requests.brand import Brand
from payment_engine.services.access.brands import change_brand
from payment_engine.services.access.keys import KeyRing
from payment_engine.services.access.merchants import register, register_once
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


SERVICE_KEY, ADMIN_KEY = f"pk_{'a' * 40}", f"ak_{'b' * 40}"


async def test_keys_given_at_a_first_start_are_those_of_a_new_merchant(world: World) -> None:
    keys, now = [SERVICE_KEY, ADMIN_KEY], world.engine.now()
    assert await register_once(world.engine, "Second Shop", "http://127.0.0.1:9/", keys)
    assert (await KeyRing().caller(SERVICE_KEY, now)).kind == "service"
    admin = await KeyRing().caller(ADMIN_KEY, now)
    assert (admin.kind, "platform" in admin.roles) == ("admin", True)


async def test_a_key_that_was_revoked_does_not_come_back_with_the_next_start(world: World) -> None:
    now = world.engine.now()
    assert await register_once(world.engine, "Second Shop", None, [SERVICE_KEY])
    await ApiKey.all().update(revoked_at=now)
    assert not await register_once(
        world.engine, "Second Shop", "http://127.0.0.1:9/", [SERVICE_KEY]
    )
    with pytest.raises(Unauthenticated):
        await KeyRing().caller(SERVICE_KEY, now)
    [row] = await world.sql("SELECT notify_url FROM merchant WHERE name = 'Second Shop'")
    assert row == {"notify_url": None}
