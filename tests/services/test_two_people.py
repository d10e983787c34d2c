"""A review ends by the request of two people, and of nobody else."""

from typing import Any

from tests.people import key_of
from tests.webhooks import deliver_webhook
from tests.world import World

WHY = {"reason": "the bank confirmed it in writing"}


async def in_review(world: World, amount: int = 2) -> dict[str, Any]:
    """An attempt whose gateway reports another amount."""
    payment = await world.open_payment()
    attempt = await world.start_attempt(payment["id"])
    await deliver_webhook(world, attempt, amount=amount)
    return attempt


async def resolve(world: World, attempt: dict[str, Any], token: str, **more: Any) -> dict[str, Any]:
    path = f"/v1/admin/attempts/{attempt['id']}/resolve"
    answer = await world.post(path, {**WHY, **more}, token)
    assert answer.status_code == 200, answer.text
    return dict(answer.json()["outcome"])


async def review(world: World, attempt: dict[str, Any]) -> str | None:
    [row] = await world.sql("SELECT review FROM attempt WHERE id = $1", attempt["id"])
    return row["review"]


async def test_one_person_alone_ends_no_review(world: World) -> None:
    attempt, mine = await in_review(world), world.keys.admin_key
    for _ in range(2):
        assert (await resolve(world, attempt, mine))["proposed"] is True
    assert await review(world, attempt) == "amount differs"


async def test_two_keys_of_one_person_are_one_person(world: World) -> None:
    attempt = await in_review(world)
    for token in [await key_of(world, "ravi") for _ in range(2)]:
        await resolve(world, attempt, token)
    assert await review(world, attempt) == "amount differs"


async def test_a_second_person_ends_it_and_sees_before_who_proposed_it(world: World) -> None:
    attempt, other = await in_review(world), await key_of(world, "ravi")
    await resolve(world, attempt, other)
    tried = await resolve(world, attempt, world.keys.admin_key, dry_run=True)
    assert tried == {"review": "amount differs", "proposed_by": "ravi"}
    done = await resolve(world, attempt, world.keys.admin_key)
    assert (done["review"], done["proposed_by"]) == (None, "ravi")
    assert await review(world, attempt) is None


async def test_a_dry_run_proposes_nothing(world: World) -> None:
    attempt, other = await in_review(world), await key_of(world, "ravi")
    await resolve(world, attempt, other, dry_run=True)
    assert (await resolve(world, attempt, world.keys.admin_key))["proposed"] is True


async def test_a_proposal_is_for_one_review_and_for_one_day(world: World) -> None:
    attempt, other = await in_review(world), await key_of(world, "ravi")
    await resolve(world, attempt, other)
    await resolve(world, attempt, world.keys.admin_key)
    await deliver_webhook(world, attempt, amount=3)
    assert (await resolve(world, attempt, world.keys.admin_key))["proposed"] is True
    world.clock.advance(hours=25)
    assert (await resolve(world, attempt, other))["proposed"] is True
    assert await review(world, attempt) == "amount differs"
