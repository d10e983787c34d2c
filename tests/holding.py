"""Payments whose money is held first."""

from typing import Any

from tests.world import World


async def held(world: World, **changes: Any) -> dict[str, Any]:
    """A payment whose money is held and not yet taken."""
    payment = await world.opened(capture="manual", **changes)
    token = await world.card_token()
    await world.decide(await world.attempted(payment["id"], method="card", card_token=token))
    return await world.until(payment["id"], "authorized")
