"""Payments that are authorized first and captured later."""

from typing import Any

from tests.world import World


async def authorized_payment(world: World, **changes: Any) -> dict[str, Any]:
    """A payment whose money is authorized and not yet captured."""
    payment = await world.open_payment(capture="manual", **changes)
    token = await world.card_token()
    attempt = await world.start_attempt(payment["id"], method="card", card_token=token)
    await world.customer_decides(attempt)
    return await world.wait_for_status(payment["id"], "authorized")
