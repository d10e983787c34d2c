"""What people on call tell customers above the ways to pay, for a time."""

from datetime import timedelta
from typing import Any

import pytest

from tests.world import World

TEXT = {"en": "UPI is slow. Cards work.", "hi": "UPI धीमा है। कार्ड चल रहे हैं।"}


async def set_banner(world: World, audience: str, status: int = 200, **body: Any) -> dict[str, Any]:
    answer = await world.api.put(
        f"/v1/admin/banners/{audience}",
        json={"reason": "the bank called", **body},
        headers=world.headers(world.keys.admin_key),
    )
    assert answer.status_code == status, answer.text
    return dict(answer.json())


async def banners_of_checkout(world: World) -> Any:
    """What the customer of a new payment reads above the ways to pay."""
    payment = await world.open_payment()
    answer = await world.get(f"/v1/payments/{payment['id']}/methods")
    return answer.json()["banners"]


async def listed(world: World) -> dict[str, Any]:
    answer = await world.get("/v1/admin/banners", world.keys.admin_key)
    return {each["audience"]: each for each in answer.json()["banners"]}


async def test_customers_read_it_until_its_time_is_over(world: World) -> None:
    assert await banners_of_checkout(world) == []
    await set_banner(world, "own", **TEXT, expires_in=3600)
    assert await banners_of_checkout(world) == [TEXT]
    world.clock.advance(seconds=3000)
    assert await banners_of_checkout(world) == [TEXT]
    world.clock.advance(seconds=600)
    assert await banners_of_checkout(world) == []
    assert (await listed(world))["own"]["text"] is None


async def test_without_a_text_it_ends_at_once(world: World) -> None:
    await set_banner(world, "own", **TEXT, expires_in=3600)
    outcome = (await set_banner(world, "own"))["outcome"]
    assert (outcome["before"], outcome["after"]) == (TEXT, None)
    assert await banners_of_checkout(world) == []


async def test_that_of_everyone_comes_before_the_merchants_own(world: World) -> None:
    await set_banner(world, "own", en="Delivery is free today.", expires_in=600)
    await set_banner(world, "everyone", **TEXT, expires_in=600)
    english = {"en": "Delivery is free today.", "hi": "Delivery is free today."}
    assert await banners_of_checkout(world) == [TEXT, english]


async def test_another_merchants_customers_do_not_read_it(world: World) -> None:
    await world.sql(
        "INSERT INTO banner (audience, en, hi, reason, changed_at, expires_at) "
        "VALUES ('mer_another', 'x', 'x', 'x', $1, $2)",
        world.clock.now(),
        world.clock.now() + timedelta(hours=1),
    )
    assert await banners_of_checkout(world) == []
    assert (await listed(world))["own"]["text"] is None


async def test_the_latest_text_counts_and_the_list_has_who_and_why(world: World) -> None:
    await set_banner(world, "own", en="Old.", expires_in=600)
    await set_banner(world, "own", **TEXT, expires_in=1200)
    banner = (await listed(world))["own"]
    assert (banner["text"], banner["reason"]) == (TEXT, "the bank called")
    assert banner["changed_by"]
    assert (await listed(world))["everyone"]["text"] is None


async def test_a_dry_run_says_what_would_be_read_and_changes_nothing(world: World) -> None:
    outcome = (await set_banner(world, "everyone", **TEXT, expires_in=60, dry_run=True))["outcome"]
    assert outcome["after"] == TEXT
    assert await banners_of_checkout(world) == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"en": "UPI is slow."}, "/expires_in"),
        ({"hi": "UPI धीमा है।", "expires_in": 60}, "/en"),
        ({"en": "x" * 201, "expires_in": 60}, "/en"),
        ({"en": "a\nb", "expires_in": 60}, "/en"),
    ],
)
async def test_half_a_banner_is_refused(world: World, body: dict[str, Any], field: str) -> None:
    problem = await set_banner(world, "own", 422, **body)
    assert [each["pointer"].lstrip("#") for each in problem["errors"]] == [field]
    assert await banners_of_checkout(world) == []
