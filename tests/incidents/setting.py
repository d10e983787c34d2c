"""What happens in several incidents before anybody is woken."""

from typing import Any

from tests.world import World

JUSPAY = {"gateway": "juspay"}
ROUTE = {"gateway": "juspay", "method": "upi_intent"}
Paying = tuple[dict[str, Any], dict[str, Any]]
"""A payment, and its attempt."""


async def paid_unnoticed(world: World) -> Paying:
    """A payment and its attempt, which the customer paid and no webhook reports."""
    await world.script_mock("drop_webhook", JUSPAY, times=50)
    payment = await world.open_payment()
    attempt = await world.start_attempt(payment["id"])
    await world.customer_decides(attempt)
    return payment, attempt


async def healed(world: World) -> None:
    """The gateway works as usual again."""
    assert (await world.mock.delete("/control/scripts")).is_success
