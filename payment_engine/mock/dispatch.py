"""Sends the gateways' webhooks on their way, scripted mishaps included."""

from collections.abc import Callable

from payment_engine.mock.postman import Delivery
from payment_engine.mock.script import Scripted, Stage
from payment_engine.mock.world import World

Write = Callable[[Scripted | None], Delivery]
"""Makes the webhook; changed or forged when the behaviour it is given says so."""
_DELAY = 1.0


def dispatch(world: World, *, gateway: str, event: str, order_id: str, write: Write) -> None:
    """Send what ``write`` makes, as often and as late as is scripted for it."""
    scripted = world.script.take(Stage.WEBHOOK, gateway=gateway, event=event, order_id=order_id)
    delay, copies = _mishap(scripted)
    delivery = write(scripted)
    for _ in range(copies):
        world.postman.send(delivery.copy(), delay=delay)


def _mishap(scripted: Scripted | None) -> tuple[float, int]:
    """How long a webhook is held back, and how many copies of it go out."""
    if not scripted:
        return 0.0, 1
    copies = {"drop_webhook": 0, "duplicate_webhook": 2}.get(scripted.kind, 1)
    delayed = scripted.kind == "delay_webhook"
    return float(scripted.behaviour.get("seconds", _DELAY)) if delayed else 0.0, copies
